"""Each module of the product does what it says. `<room>/test_<module>.py` tests a module."""
