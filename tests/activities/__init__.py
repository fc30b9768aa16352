"""Each module of the product does what it says. `<room>/test_<module>.py` has the tests of a module."""
