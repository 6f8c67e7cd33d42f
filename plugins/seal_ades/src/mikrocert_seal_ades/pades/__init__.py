"""PAdES: seal a PDF so that anyone can see who sealed it and that nothing was changed since (EN 319 142-1, B-B to B-LTA).

Read in this order: `sealing` (from a PDF to what has to be signed, and with the signature to a sealed PDF), `extending`
(time stamps and revocation data, by which a seal outlasts its certificate), `reading` (from octets to what the PDF holds),
`inspecting` (from that to a judgement on integrity and level), `validating` (the same, and whom to trust). Underneath:
`writing` (the PDF around seal and time stamps), `revisions` (what may stand behind a seal), `cms` and `attributes` (the
signature itself), `content` (what may stand beside the pages). Beside them `pages` (what programs read there). Below them
`mikrocert_seal_ades.pki`, what all seals share.
"""

from mikrocert_seal_ades.pades.extending import extend, extend_many, renew, renew_many
from mikrocert_seal_ades.pades.inspecting import Inspection, algorithm_of, chain_of, inspect, is_as_sealed
from mikrocert_seal_ades.pades.pages import readings
from mikrocert_seal_ades.pades.reading import PadesFile, read, read_all
from mikrocert_seal_ades.pades.sealing import Prepared, finish, prepare
from mikrocert_seal_ades.pades.validating import validate

__all__ = [
    "Inspection",
    "PadesFile",
    "Prepared",
    "algorithm_of",
    "chain_of",
    "extend",
    "extend_many",
    "finish",
    "inspect",
    "is_as_sealed",
    "prepare",
    "read",
    "read_all",
    "readings",
    "renew",
    "renew_many",
    "validate",
]
