"""Operators find out what's wrong and what to do about it."""
