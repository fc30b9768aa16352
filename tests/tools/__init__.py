"""Tests of the operators' commands and of the developers' local stack."""
