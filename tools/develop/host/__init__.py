"""Runs `function_app.py` on machines without Azure Functions Core Tools: host and worker in one process.

The app is loaded and invoked by Microsoft's own worker runtime (`azure-functions-runtime`); the storage queue
listener follows that of the Functions host (`QueueListener` and `QueueProcessor` in Azure/azure-sdk-for-net).
Knows nothing of this product: it runs any app with queue and timer triggers.
"""
