"""The storage account: the only room that imports its SDKs."""
