"""What operators run against production."""
