"""An append-only log that whoever keeps it can't rewrite unseen: Merkle tree, checkpoints, proofs, static files.

`tree` hashes and proves (RFC 6962), `notes` signs texts, `checkpoints` says how large a log is and what is in it, `tiles`
lays it out as files that anyone may copy (C2SP tlog-tiles). Nothing here knows what an entry means.
"""
