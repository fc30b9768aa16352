"""What is decided about a record, and how references are resolved."""
