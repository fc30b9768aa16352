"""Graph is sent what its reference documents, when it may be sent, and its responses are understood."""
