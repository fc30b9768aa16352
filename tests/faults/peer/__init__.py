"""A server in front of a healthy one that fails in one of the ways in which an HTTP/1.1 or TLS peer can fail.

`server` has the peer, `rows` the table of its failures. Each failure is a small function in one of the other modules.
"""
