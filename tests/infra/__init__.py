"""Structural tests of infra/: what the Bicep files would deploy, and whether that keeps the rules."""
