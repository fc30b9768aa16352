"""Tests of the command for webhooks."""
