"""What is wrong with the app, as far as storage shows it, and what to do about it."""
