"""What operators see: counters, and logging that cannot leak.

A log line is a constant event name plus allow-listed fields; nothing else has a way in. Names, addresses, ids of
people, notes and bodies are in no log, span or metric.
"""
