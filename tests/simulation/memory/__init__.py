"""Storage and Graph in memory, behind the interfaces of their SDKs. They have only what the app uses.

The app's own ledger, delivery, letters, people, shared state and Graph client run on these as they do on the real SDKs.
`contracts/` runs the same tests against both.
"""
