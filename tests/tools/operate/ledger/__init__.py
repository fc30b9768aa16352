"""Tests of the ledger's export and import."""
