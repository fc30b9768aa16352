"""Deterministic simulation: the real handler and sync over storage and Graph in memory, on a virtual clock.

One seed is one run. `World` holds everything around the app, a `Process` is one process of the app, `Faults` decides
what goes wrong, the `model` says what Graph should have in the end, and the `account` compares.
"""
