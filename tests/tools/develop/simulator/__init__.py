"""The simulator accepts, refuses and delays requests as Microsoft Graph, Entra and the identity endpoint do."""
