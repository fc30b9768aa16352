"""Two workers under load, while Graph fails in one way for a while, or all services fail at random."""
