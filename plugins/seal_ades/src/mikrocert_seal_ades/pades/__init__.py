"""PAdES: seal a PDF so that anyone can see who sealed it and that nothing was changed since (EN 319 142-1, level B-B).

Read in this order: `sealing` (from a PDF to what has to be signed, and with the signature to a sealed PDF), `reading`
(from octets to what the PDF holds), `validating` (from that to a judgement on integrity and trust). Underneath:
`writing` (the PDF around the seal), `cms` and `attributes` (the signature itself). Below them
`mikrocert_seal_ades.pki`, what all seals share.
"""

from mikrocert_seal_ades.pades.reading import PadesFile, read
from mikrocert_seal_ades.pades.sealing import Prepared, finish, prepare
from mikrocert_seal_ades.pades.validating import chain_of, validate

__all__ = ["PadesFile", "Prepared", "chain_of", "finish", "prepare", "read", "validate"]
