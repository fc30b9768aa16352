"""Requests are what Graph documents, and its responses mean what they say."""
