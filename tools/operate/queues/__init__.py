"""`lms-sync queues`: finds and removes queue messages that nobody can read."""
