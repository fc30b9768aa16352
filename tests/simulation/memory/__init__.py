"""Storage and Graph in memory, behind the interfaces of their SDKs: what the app uses of them, and no more.

The app's own ledger, delivery, letters, people, shared state and Graph client run on these as they do on the real SDKs.
`contracts/` holds both against the same tests.
"""
