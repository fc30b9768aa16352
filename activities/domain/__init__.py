"""What events add up to, what an activity should be, and what a failure leads to. Pure."""
