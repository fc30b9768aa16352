"""Operators list, redrive and purge dead letters, and none of them gets lost."""
