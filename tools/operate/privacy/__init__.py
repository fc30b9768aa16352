"""What is kept of one learner: found, exported, forgotten."""
