"""Twelve things that break: each is found by one command of `lms-sync`, and repaired."""
