"""The table of people: which user in Entra each account of an LMS belongs to."""
