"""JAdES: seal a JSON text so that anyone can see who sealed it and that nothing was changed since.

Read in this order, and stop when you know enough:

1. this page: what there is;
2. `creating`: from a payload to what has to be signed, and with the signature to a sealed file;
3. `extending`: time-stamps and revocation data, by which a seal outlasts its certificate;
4. `reading`: from octets to what a sealed file says, with every fault of form;
5. `inspecting`: from that to a judgement on integrity and level, with all that the seal carries;
6. `validating`: the same, and whom to trust.

Underneath, in this package: `layout` (the octets of a file), `header` and `unsigned` (the two headers of a
signature), `imprints` (what each time-stamp covers), `detached` (content outside the file), `shapes`, `strict_json`,
`encoding` and `errors`. Below it, in `mikrocert_seal_ades.pki`, what it shares with other seals: `algorithms`, `x509` (what a
certificate says), `purposes`, `chains`, `services`, `context` and `trust` (paths to an anchor, proofs of existence, revocation), `policy` (until when an algorithm is relied on), `rfc3161` and `revocation` (what services are asked,
and whether their answers hold), `timestamps`, `carried` and `signatures` (what a seal carries, and whether that is whole),
`validation` (what was found out) and `problems` (all texts).

ETSI TS 119 182-1 v1.2.1: levels B-B to B-LTA are created, renewed and judged. Both packages depend on attrs, cryptography,
asn1crypto, pyhanko and pyhanko-certvalidator and on nothing else.
"""

from mikrocert_seal_ades.jades.creating import (
    DEFAULT_FORM,
    Form,
    Prepared,
    content_imprint,
    finish,
    prepare,
    seal,
)
from mikrocert_seal_ades.jades.detached import Document
from mikrocert_seal_ades.jades.errors import JsonError, SealingError, UnreadableError
from mikrocert_seal_ades.jades.extending import (
    extend,
    extend_many,
    renew,
    renew_many,
)
from mikrocert_seal_ades.jades.header import Profile, Serialization
from mikrocert_seal_ades.jades.http_messages import HttpMessage
from mikrocert_seal_ades.jades.inspecting import Inspection, inspect
from mikrocert_seal_ades.jades.reading import JadesFile, Reading, parse, parse_all, parse_any
from mikrocert_seal_ades.jades.validating import validate
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.context import Proofs, ValidationContext
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError, ServiceError
from mikrocert_seal_ades.pki.levels import LEVELS, Level, Sources
from mikrocert_seal_ades.pki.problems import Problem
from mikrocert_seal_ades.pki.revocation import Evidence, Question, RevocationSource
from mikrocert_seal_ades.pki.rfc3161 import Imprint, TimeStamper
from mikrocert_seal_ades.pki.stamps import Stamp
from mikrocert_seal_ades.pki.validation import Validation
from mikrocert_seal_ades.pki.x509 import SubjectIdentity, subject_identity

__all__ = [
    "DEFAULT_FORM",
    "LEVELS",
    "AdesError",
    "Anchors",
    "CertificateError",
    "Document",
    "Evidence",
    "Form",
    "HttpMessage",
    "Imprint",
    "Inspection",
    "JadesFile",
    "JsonError",
    "Level",
    "Prepared",
    "Problem",
    "Profile",
    "Proofs",
    "Question",
    "Reading",
    "RevocationSource",
    "SealingError",
    "Serialization",
    "ServiceError",
    "Sources",
    "Stamp",
    "SubjectIdentity",
    "TimeStamper",
    "UnreadableError",
    "Validation",
    "ValidationContext",
    "content_imprint",
    "extend",
    "extend_many",
    "finish",
    "inspect",
    "parse",
    "parse_all",
    "parse_any",
    "prepare",
    "renew",
    "renew_many",
    "seal",
    "subject_identity",
    "validate",
]
