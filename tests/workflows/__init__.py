"""GitHub workflows, azd, and the dev container."""
