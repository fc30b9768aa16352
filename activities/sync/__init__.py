"""Decides what to do next about one record, and does it."""
