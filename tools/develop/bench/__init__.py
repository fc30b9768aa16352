"""Benchmarks: scripts that print figures, and the ratios between figures from the same run."""
