"""Puts a package in place, checks that it works, and goes back to the previous one if it doesn't."""
