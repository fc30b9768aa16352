"""Operators ask about one activity."""
