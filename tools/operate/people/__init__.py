"""The table of people: which Entra user each LMS account belongs to."""
