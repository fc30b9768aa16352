"""Events on a queue become activities in Graph, also through the official worker runtime."""
