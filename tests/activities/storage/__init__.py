"""Records, messages and people come back from storage as they were stored."""
