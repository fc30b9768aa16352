"""Tests of the formats: their files, their settings, and what they make of recorded events."""
