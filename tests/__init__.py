"""Tests; they run against real parts: Azurite, the Graph simulator over TCP, the official worker runtime."""
