"""Puts a package in place, checks that it works, and goes back to the former one if it does not."""
