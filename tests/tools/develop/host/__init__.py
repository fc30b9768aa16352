"""The local host runs queue and timer functions by the rules of the Functions host."""
