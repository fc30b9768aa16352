"""The commands that publish events from files."""
