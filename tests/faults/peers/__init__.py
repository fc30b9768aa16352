"""Two workers under load, while a peer in front of Graph fails in one way for a while, or peers fail at random."""
