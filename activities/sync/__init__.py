"""One record and Graph: what to do next, and doing it."""
