"""Events from files: what the app would make of them, what they would change, and publishing them."""
