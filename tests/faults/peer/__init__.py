"""A server that stands before a healthy one, and fails in one of the ways in which a peer of HTTP/1.1 and TLS can fail.

`server` has the peer, `rows` the table of its failures. Each failure is a small function in one of the other modules.
"""
