"""Deploying a package."""
