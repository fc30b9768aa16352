"""The demo: events go in, and requests to Microsoft Graph and dead letters come out."""
