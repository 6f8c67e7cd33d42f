"""Until when a signature algorithm is relied on (ETSI TS 119 312 v1.5.1; ETSI EN 319 102-1, 5.2.8).

An algorithm ends: from a day on anybody may be able to make such signatures. One made before counts on, but that it was made
before has to be proven. `POLICY` has the dates of DSS 6.4, the European Commission's validator.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mikrocert_seal_ades.pki.algorithms import public_key_of
from mikrocert_seal_ades.pki.signatures import kind_of

_END_OF_2028: Final = datetime(2029, 1, 1, tzinfo=UTC)
_LONG_AGO: Final = datetime(2010, 1, 1, tzinfo=UTC)
_KINDS: Final[Mapping[str, str]] = {
    "PKCS1": "rsassa_pkcs1v15",
    "PSS": "rsassa_pss",
    "ECDSA": "ecdsa",
    "EdDSA": "ed25519",
}


@attrs.frozen
class Use:
    """Signatures of one kind with keys of `bits` or more; relied on `until` a moment (aware), or without end.

    `kind` is `rsassa_pkcs1v15`, `rsassa_pss`, `ecdsa`, `ed25519` or `ed448`.
    """

    kind: str
    bits: int
    until: datetime | None = None


@attrs.frozen
class AlgorithmPolicy:
    """Which signatures are relied on, and until when; what is not among `uses` ended long ago."""

    uses: tuple[Use, ...]

    def end(self, *, kind: str, public_key: bytes) -> datetime | None:
        """Return from when on signatures aren't relied on any more, or None where no end is known.

        `kind` is that of a `Use`, or one of those in `algorithms`. `public_key` is a DER SubjectPublicKeyInfo.
        """
        bits = _bits(public_key)
        name = _KINDS.get(kind, kind)
        fitting = [use for use in self.uses if use.kind == name and use.bits <= bits]
        if not fitting:
            return _LONG_AGO
        return max(fitting, key=lambda use: use.bits).until

    def end_of(self, algorithm: bytes, *, public_key: bytes) -> datetime | None:
        """Return what `end` does for a DER AlgorithmIdentifier of a signature."""
        return self.end(kind=kind_of(algorithm), public_key=public_key)


POLICY: Final = AlgorithmPolicy(
    (
        Use("rsassa_pkcs1v15", 1900, _END_OF_2028),
        Use("rsassa_pss", 1900, _END_OF_2028),
        Use("rsassa_pss", 3000),
        Use("ecdsa", 256),
        Use("ed25519", 256),
        Use("ed448", 256),
    )
)
"""The present policy."""


def _bits(public_key: bytes) -> int:
    key = public_key_of(public_key)
    match key:
        case rsa.RSAPublicKey():
            return key.key_size
        case ec.EllipticCurvePublicKey():
            return key.curve.key_size
        case _:
            return 256
