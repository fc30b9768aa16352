"""Command for trying a webhook: it signs and sends a file as a vendor would."""
