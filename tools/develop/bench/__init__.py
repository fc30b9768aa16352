"""Benchmarks: scripts that print ratios between figures measured in the same run."""
