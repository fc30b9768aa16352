"""Traces, on a clock that the test sets. They show that each rule of the sync is needed: without it, one goes wrong.

If a docstring begins with a number such as H3, the trace is about the rule with that number in `mutants/`.
"""
