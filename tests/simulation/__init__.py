"""Deterministic simulation: the real handler and sync, with storage and Graph in memory, on a virtual clock.

Each seed gives one run. `World` is everything around the app, a `Process` is one of the app's processes, and `Faults`
decides what goes wrong. The `model` says what Graph should have in the end, and the `account` compares.
"""
