"""`lms-sync export-person` and `forget`: find what's kept about a learner, and export or forget it."""
