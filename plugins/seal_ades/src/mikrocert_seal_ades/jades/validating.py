"""Judge a sealed file that was read: is it intact, and does its seal certificate lead to someone trusted?

The steps, by number:

1. structure: what `reading` found (ETSI TS 119 182-1, 5 and 6);
2. signer: the one certificate that the protected header names by digest (5.2.2);
3. signature: over the protected header and the payload, with the signer's key (RFC 7515, 5.2; RFC 7797);
4. trust: from the signer's certificate to an anchor, at the time claimed and now (RFC 5280, 6).

1 to 3 say whether the file is intact, 4 says whose seal it is. Nothing is fetched; an exception of a library is a
finding. Time-stamps and revocation data are not judged.
"""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from mikrocert_seal_ades.jades.header import DIGESTS, CertificateDigest
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, is_low, verify
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.trust import examine_path
from mikrocert_seal_ades.pki.validation import Validation

if TYPE_CHECKING:
    from mikrocert_seal_ades.jades.reading import JadesFile


def validate(file: "JadesFile", *, trust: Anchors, at: datetime) -> Validation:
    """Return what is wrong with `file` when `trust` is trusted and the time is `at` (aware).

    Raises nothing: a naive `at` and every failure of a library are problems of severity `error`.
    """
    structure = file.problems  # 1
    signer, signature = _signer(file)  # 2
    if signer is None:
        return Validation(structure, signature, signature)
    if not signature:
        signature = _signature(file, signer=signer)  # 3
    chain = (signer, *file.header.certificates[1:])
    path = examine_path(  # 4
        chain,
        trust=trust,
        signed_at=file.header.signing_time,
        at=at,
        others=tuple(certificate for entry in file.unsigned for certificate in entry.certificates),
        where="signatures[0].protected.x5c" if file.serialization == "general" else "protected.x5c",
    )
    return Validation(structure, signature, path.problems, chain, path.certificates)


def _signer(file: "JadesFile") -> tuple[bytes | None, tuple[Problem, ...]]:
    """The certificate that the digests name: the first of `x5c`, or without `x5c` one of those in `etsiU`."""
    header = file.header
    candidates = header.certificates[:1]
    if "x5c" not in header.names:
        candidates = tuple(certificate for entry in file.unsigned for certificate in entry.certificates)
    for candidate in candidates:
        matches = [_matches(candidate, digest) for digest in header.certificate_digests]
        if any(matches):
            return candidate, () if all(matches) else (problem("certificate-reference-mismatch"),)
    return None, (problem("signer-unidentified"),)


def _matches(certificate: bytes, digest: CertificateDigest) -> bool:
    return hashlib.new(DIGESTS[digest.digAlg][0], certificate).digest() == digest.digVal


def _signature(file: "JadesFile", *, signer: bytes) -> tuple[Problem, ...]:
    if file.header.alg is None:
        return (problem("signature-not-checked"),)
    try:
        public_key = x509.public_key(signer)
    except CertificateError as fault:
        return fault.problems
    wrong = verify(
        file.signing_input,
        signature=file.signature,
        algorithm=ALGORITHMS[file.header.alg],
        public_key=public_key,
    )
    if wrong:
        return (wrong,)
    if not is_low(file.signature, algorithm=ALGORITHMS[file.header.alg]):
        return (problem("signature-high"),)
    return ()
