"""Requests to the webhook door, made up or damaged."""
