"""The door for webhooks: who may send over HTTPS, how they prove it, and which answer they get."""
