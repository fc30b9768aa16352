"""Each rule of the sync is needed: a trace, on a clock that the test sets, goes wrong without the rule.

A docstring that begins with a number such as H3 belongs to the rule of that number in `mutants/`.
"""
