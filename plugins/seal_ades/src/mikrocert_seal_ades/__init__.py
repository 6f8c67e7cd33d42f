"""Advanced electronic seals: JAdES on JSON, PAdES on PDF; the keys are a signer's affair.

`jades` and `pades` are the two envelopes, `pki` is what both stand on; `jades` and `pki` import nothing of mikrocert.
`envelopes` and `results` tie them to mikrocert, `signers` helps backends that hold a key in memory.
"""
