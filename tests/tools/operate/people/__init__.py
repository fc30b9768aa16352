"""Operators load the people behind the accounts of an LMS, and the app finds them."""
