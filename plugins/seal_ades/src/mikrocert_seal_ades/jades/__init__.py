"""JAdES: seal a JSON text so that anyone can see who sealed it and that nothing was changed since.

Read in this order, and stop when you know enough:

1. this page: what there is;
2. `creating`: from a payload to what has to be signed, and with the signature to a sealed file;
3. `reading`: from octets to what a sealed file says, with every fault of form;
4. `validating`: from that to a judgement on integrity and trust.

Underneath, in this package: `layout` (the octets of a file), `header` and `unsigned` (the two headers of a
signature), `shapes`, `strict_json`, `encoding` and `errors`. Below it, in `mikrocert_seal_ades.pki`, what it shares
with other seals: `algorithms`, `x509` (what a certificate says), `purposes`, `chains` and `trust` (paths to an anchor),
`validation` (what was found out) and `problems` (all texts).

Level B-B of ETSI TS 119 182-1 v1.2.1 is created and judged; what higher levels add is read and reported.
Both packages depend on attrs, cryptography, asn1crypto and pyhanko-certvalidator and on nothing else.
"""

from mikrocert_seal_ades.jades.creating import DEFAULT_PROFILE, Prepared, finish, prepare, seal
from mikrocert_seal_ades.jades.errors import JsonError, SealingError, UnreadableError
from mikrocert_seal_ades.jades.header import Profile
from mikrocert_seal_ades.jades.reading import JadesFile, parse, parse_any
from mikrocert_seal_ades.jades.validating import validate
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError
from mikrocert_seal_ades.pki.problems import Problem
from mikrocert_seal_ades.pki.validation import Validation
from mikrocert_seal_ades.pki.x509 import SubjectIdentity, subject_identity

__all__ = [
    "DEFAULT_PROFILE",
    "AdesError",
    "Anchors",
    "CertificateError",
    "JadesFile",
    "JsonError",
    "Prepared",
    "Problem",
    "Profile",
    "SealingError",
    "SubjectIdentity",
    "UnreadableError",
    "Validation",
    "finish",
    "parse",
    "parse_any",
    "prepare",
    "seal",
    "subject_identity",
    "validate",
]
