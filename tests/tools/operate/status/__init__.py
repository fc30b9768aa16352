"""Operators see what waits and what has failed."""
