"""Certificates, chains, paths to an anchor and signature algorithms: what both seals stand on.

`x509` (what a certificate says), `chains` (anchors, who issued what, what is fit to seal with), `trust` (whether a seal
certificate leads to an anchor), `validation` (what was found out about a seal), `algorithms`, `problems` (all texts)
and `errors`. Imports nothing of mikrocert.
"""
