"""Tests of the command that sends a webhook."""
