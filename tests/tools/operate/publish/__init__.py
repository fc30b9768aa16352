"""Tests of the commands that publish events from files."""
