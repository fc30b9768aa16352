"""Operators load the people behind an LMS's accounts, and the app finds them."""
