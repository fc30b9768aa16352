"""Faults between the app and what it talks to, and the accounts that show that nothing was lost by them."""
