"""What was found out about a seal, whatever its envelope."""

import attrs

from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem
from mikrocert_seal_ades.pki.x509 import SubjectIdentity, subject_identity


@attrs.frozen
class Validation:
    """What was found. A list without errors and without undetermined problems is a pass.

    `structure` and `signature` together are `integrity`; `trust` stands alone. `chain` are the DER certificates that
    the seal carries, the seal certificate first; empty when it is not identified. `path` are the DER certificates
    from the anchor to the seal certificate; empty when there is no such path.
    """

    structure: tuple[Problem, ...]
    signature: tuple[Problem, ...]
    trust: tuple[Problem, ...]
    chain: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    path: tuple[bytes, ...] = attrs.field(default=(), repr=False)

    @property
    def integrity(self) -> tuple[Problem, ...]:
        """All problems of structure and signature."""
        return self.structure + self.signature

    @property
    def seal_certificate(self) -> bytes | None:
        """The seal certificate, DER, or None when it is not identified."""
        return self.chain[0] if self.chain else None

    @property
    def signer(self) -> SubjectIdentity | None:
        """Who the seal certificate names, or None; says nothing unless `integrity` and `trust` hold."""
        try:
            return subject_identity(self.chain[0]) if self.chain else None
        except CertificateError:
            return None
