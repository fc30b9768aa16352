"""Whatever fails between the service and its peers, every event ends up where it should."""
