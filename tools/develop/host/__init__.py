"""Runs `function_app.py` on machines without Azure Functions Core Tools, each function in a process of its own.

Microsoft's own worker runtime (`azure-functions-runtime`) loads the app and invokes its functions. The queue listener
follows that of the Functions host (`QueueListener` and `QueueProcessor` in Azure/azure-sdk-for-net). As on the plan
Flex Consumption, functions share no memory, except that all HTTP functions have one process. This package knows nothing
of the product: it runs any app with queue, timer and HTTP triggers.
"""
