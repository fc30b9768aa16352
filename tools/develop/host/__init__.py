"""Run `function_app.py` on machines without Azure Functions Core Tools, with each function in its own process.

Microsoft's own worker runtime (`azure-functions-runtime`) loads the app and invokes its functions. The queue listener
works like the Functions host's (`QueueListener` and `QueueProcessor` in Azure/azure-sdk-for-net). As on the Flex
Consumption plan, functions share no memory, except that all HTTP functions share one process. This package knows
nothing about the product: it runs any app with queue, timer and HTTP triggers.
"""
