"""Requests to Graph follow its reference and its throttling, and every response is understood."""
