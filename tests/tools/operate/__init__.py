"""Tests of the operators' commands: they do what they say, and nothing else."""
