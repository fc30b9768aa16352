"""Commands that operators run against production."""
