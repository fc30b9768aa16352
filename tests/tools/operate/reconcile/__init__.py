"""Operators have the app look at many records."""
