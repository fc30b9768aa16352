"""Finds what's wrong with the app, as far as storage shows it, and says what to do about it."""
