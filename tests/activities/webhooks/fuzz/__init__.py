"""Made-up or damaged requests to the webhook door."""
