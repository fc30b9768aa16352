"""Tests of `lms-sync formats try`."""
