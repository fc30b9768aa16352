"""Operators list, redrive and purge dead letters, and none gets lost."""
