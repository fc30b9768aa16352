"""The version of everything that is stored: rows of the ledger, envelopes, control messages.

A roll-back meets what newer code has written. It must not misread it, so whatever carries a higher version waits until
newer code runs again.
"""

# Raise it whenever code of the previous version would misread what this code writes.
VERSION = 1
READABLE = frozenset({1})
