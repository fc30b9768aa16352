"""Tests of the trial of formats."""
