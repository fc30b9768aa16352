"""Keeps learners' activity in Microsoft Graph equal to what an LMS's events say."""

__version__ = "0.1.0"
