"""The local stack: Azurite, a Graph simulator and a host for the function app."""
