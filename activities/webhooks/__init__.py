"""The door for webhooks: who may send over HTTPS, how that is proven, and what the sender gets back."""
