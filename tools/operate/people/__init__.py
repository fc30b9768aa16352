"""Who an LMS's own accounts are in Entra."""
