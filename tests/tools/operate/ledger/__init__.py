"""The rows of the ledger, and its backup."""
