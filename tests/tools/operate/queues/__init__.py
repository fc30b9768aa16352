"""Operators find and remove messages that nobody can read."""
