"""Contracts: the same tests must pass with storage and Graph in memory, and with the real ones.

The real ones are Azurite and the Graph simulator over TCP, through the SDKs. These tests cover what the sync relies on.
"""
