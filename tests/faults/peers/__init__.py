"""Two workers under load, while a peer before them fails in one way for a while, or at random."""
