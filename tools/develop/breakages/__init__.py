"""Twelve things that break. Each is found with one `lms-sync` command, and repaired."""
