"""The commands for operators and the local stack for developers do what they say."""
