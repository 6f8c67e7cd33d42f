"""PAdES: seal a PDF so that anyone can see who sealed it and that nothing was changed since (EN 319 142-1, level B-B).

Read in this order: `sealing` (from a PDF and a signer to a sealed PDF), `reading` (from octets to what the PDF holds),
`validating` (from that to findings). Underneath: `cms` and `attributes`, the signature itself.
"""

from mikrocert_seal_ades.pades.reading import PadesFile, read
from mikrocert_seal_ades.pades.sealing import seal
from mikrocert_seal_ades.pades.validating import examine

__all__ = ["PadesFile", "examine", "read", "seal"]
