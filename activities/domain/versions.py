"""The version of everything that's stored: rows of the ledger, envelopes, control messages.

After a rollback, older code finds what newer code has written, and must not misread it. So anything with a higher
version waits until newer code runs again.
"""

# Raise this whenever code of the previous version would misread what this code writes.
VERSION = 1
READABLE = frozenset({1})
