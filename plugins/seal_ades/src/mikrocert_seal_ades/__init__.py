"""Advanced electronic seals: JAdES on credentials, PAdES on certificates.

`jades` is a library of its own and imports nothing of mikrocert.
"""
