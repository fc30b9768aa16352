"""A server in front of a healthy one. It can fail in every way in which an HTTP/1.1 or TLS peer can fail.

`server` has the peer, and `rows` has the table of its failures. Each failure is a small function in another module.
"""
