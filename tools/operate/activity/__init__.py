"""One learner's activity: what the record wants, what Graph has, and what happens next."""
