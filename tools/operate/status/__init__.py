"""What waits, what has failed, and what Graph allows."""
