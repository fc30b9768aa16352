"""Microsoft Graph: the only room that imports its SDK."""
