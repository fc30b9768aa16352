"""Tests of infra/: what the Bicep files would deploy, and whether it keeps the rules."""
