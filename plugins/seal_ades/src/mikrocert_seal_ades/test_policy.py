"""The mark of test seals: what makes them worthless everywhere but in the sandbox that made them.

Every certificate of a sandbox carries the policy `POLICY` and TEST in O and CN. Names can be chosen by anyone and
prove nothing, so only the policy counts here; TEST in the names is for people who look at the certificate elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import subject_identity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["POLICY", "WORD", "is_test"]

POLICY: Final = "2.25.279807981564657034601624235145540985911"
"""The certificate policy "made by a sandbox": a UUID as an object identifier (ITU-T X.667, 7)."""

WORD: Final = "TEST"
"""The word that O and CN of a sandbox certificate begin with."""


def is_test(certificates: Iterable[bytes]) -> bool:
    """Say whether any of these certificates carries the test mark.

    Args:
        certificates: DER; a chain, its anchor included where it is known. What can't be read carries no mark: it
            isn't trusted anyway.
    """
    return any(_marked(certificate) for certificate in certificates)


def _marked(certificate: bytes) -> bool:
    try:
        return POLICY in subject_identity(certificate).policies
    except CertificateError:
        return False
