"""Events on a queue become activities in Graph, including through the official worker runtime."""
