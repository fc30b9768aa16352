"""The rules, as tables and properties; nothing here does any input or output."""
