"""The local stack starts, imitates Azure and Microsoft Graph, and stops without leaving anything behind."""
