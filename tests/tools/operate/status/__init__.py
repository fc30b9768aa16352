"""Operators see what's waiting and what has failed."""
