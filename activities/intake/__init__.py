"""Text becomes events: what a message says, whichever LMS wrote it. Pure."""
