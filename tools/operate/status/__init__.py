"""`lms-sync status`: shows what's waiting, what has failed, and what Graph allows."""
