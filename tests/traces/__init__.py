"""The rules of syncing one record, each as a trace that goes wrong without it, on a clock that the tests turn."""
