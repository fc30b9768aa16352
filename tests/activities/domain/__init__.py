"""The rules hold for every order of events and for every failure. Nothing here does any input or output."""
