"""Operators let the app look at many records."""
