"""Contracts: the same tests hold for storage and Graph in memory, and for the real ones.

The real ones are Azurite and the Graph simulator over TCP, through the SDKs. What the sync relies on stands here.
"""
