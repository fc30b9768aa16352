"""The storage account. Only this room imports its SDKs."""
