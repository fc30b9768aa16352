"""For developers: the local stack (Azurite, a Graph simulator, a host for the function app), demo and benchmarks."""
