"""Bodies that no publisher should send, and what must hold for any result."""
