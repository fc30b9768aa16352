"""Tests of infra/: what the Bicep files would deploy, and whether it follows the rules."""
