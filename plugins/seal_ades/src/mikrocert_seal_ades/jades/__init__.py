"""JAdES: seal a JSON text so that anyone can see who sealed it and that nothing was changed since.

Read in this order, and stop when you know enough:

1. this page: what there is;
2. `creating`: from a payload and a signer to a sealed file;
3. `reading`: from octets to what a sealed file says, with every fault of form;
4. `validating`: from that to a judgement on integrity and trust.

Underneath: `layout` (the octets of a file), `header` and `unsigned` (the two headers of a signature), `shapes`,
`algorithms`, `trust` (paths to an anchor), `x509` (who a certificate names), `strict_json`, `encoding`,
`problems` (all texts) and `errors`.

Level B-B of ETSI TS 119 182-1 v1.2.1 is created and judged; what higher levels add is read and reported.
This package depends on attrs, cryptography, asn1crypto and pyhanko-certvalidator and on nothing else.
"""

from mikrocert_seal_ades.jades.creating import KeySigner, Signer, seal
from mikrocert_seal_ades.jades.errors import JsonError, SealingError, UnreadableError
from mikrocert_seal_ades.jades.header import Profile
from mikrocert_seal_ades.jades.reading import JadesFile, parse, parse_any
from mikrocert_seal_ades.jades.validating import Validation, validate
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError
from mikrocert_seal_ades.pki.problems import Problem
from mikrocert_seal_ades.pki.trust import Anchors
from mikrocert_seal_ades.pki.x509 import Identity, subject_identity

__all__ = [
    "AdesError",
    "Anchors",
    "CertificateError",
    "Identity",
    "JadesFile",
    "JsonError",
    "KeySigner",
    "Problem",
    "Profile",
    "SealingError",
    "Signer",
    "UnreadableError",
    "Validation",
    "parse",
    "parse_any",
    "seal",
    "subject_identity",
    "validate",
]
