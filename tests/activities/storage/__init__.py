"""What is stored comes back as it was."""
