"""Decides what to do next about one record in Graph, and does it."""
