"""Until when what a file carries proves its seal: certificates end, and so do algorithms (ETSI TS 119 312)."""

from collections.abc import Sequence
from datetime import datetime

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.policy import POLICY, AlgorithmPolicy
from mikrocert_seal_ades.pki.timestamps import Token


def lasts_until(
    signer: bytes,
    *,
    algorithm: str,
    stamps: Sequence[tuple[Token, bytes]],
    archived: bool,
    policy: AlgorithmPolicy = POLICY,
) -> datetime:
    """Return from when on nothing in a file proves its seal any more (aware).

    Args:
        signer: DER, the seal certificate.
        algorithm: name in RFC 7518 of the one that the signature was made with.
        stamps: intact time-stamps in the order in which they were added, each with the DER certificate of its unit.
        archived: whether the last of them covers all that the seal needs; then nothing else has to last.
        policy: until when algorithms are relied on.

    Raises:
        CertificateError: if a certificate can't be read.
    """
    ends: list[datetime | None] = []
    if not archived:
        key = x509.public_key(signer)
        ends += [
            x509.subject_identity(signer).not_after,
            policy.end(kind=ALGORITHMS[algorithm].kind, public_key=key),
        ]
    for token, unit in stamps[-1:]:
        ends += [
            x509.parse_old(unit).not_valid_after,
            policy.end_of(token.algorithm, public_key=x509.public_key(unit)),
        ]
    return min(end for end in ends if end is not None)
