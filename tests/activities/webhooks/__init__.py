"""Tests of the webhook door."""
