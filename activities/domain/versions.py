"""The version of everything that is stored: rows of the ledger, envelopes, control messages.

A roll-back meets what newer code has written. It must not misread it, so whatever carries a higher version waits until
newer code runs again.
"""

# Raised whenever a reader of the version before would misread what is written.
VERSION = 1
READABLE = frozenset({1})
