"""The commands for operators do what they say, and nothing else."""
