"""Whatever fails between the service and what it talks to, every event ends where it should."""
