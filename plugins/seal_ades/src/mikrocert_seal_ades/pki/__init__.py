"""Certificates, chains, paths to an anchor and signature algorithms: what both seals stand on.

`x509` (what a certificate says), `purposes` (whether it is for seals), `chains` (anchors, who issued what, what is fit to
seal with), `trust` (whether a seal certificate leads to an anchor), `validation` (what was found out about a seal),
`algorithms`, `der` (a look into octets), `problems` (all texts) and `errors`. Imports nothing of mikrocert.
"""
