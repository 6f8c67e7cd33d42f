"""A sandbox PKI whose seals never verify as genuine.

`config` says what can be set, `state` keeps the sandbox in a folder, `certificates` makes it, `authority` answers
for it: time-stamps, OCSP and revocation lists.
"""
