"""Microsoft Graph. This is the only room that imports its SDK."""
