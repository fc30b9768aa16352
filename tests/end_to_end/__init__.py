"""From a message on a queue to Graph, through the official worker runtime."""
