"""Turns the text of a message into learning events, whichever LMS sent it. Pure."""
