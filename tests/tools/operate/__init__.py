"""The operators' commands do what they say, and no more."""
