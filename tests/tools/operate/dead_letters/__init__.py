"""Operators list dead letters, put them back on the inbound queue, and delete them; none gets lost."""
