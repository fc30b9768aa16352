"""Tests of tools/operate/privacy."""
