"""Tools for developers: the local stack (Azurite, a Graph simulator, a host for the app), the demo and benchmarks."""
