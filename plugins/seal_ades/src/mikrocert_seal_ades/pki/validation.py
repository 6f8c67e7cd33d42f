"""What was found out about a seal, whatever its envelope."""

from datetime import datetime

import attrs

from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem
from mikrocert_seal_ades.pki.x509 import SubjectIdentity, subject_identity


@attrs.frozen
class Validation:
    """What was found. A list without errors and without undetermined problems is a pass.

    `structure`, `signature` and `evidence` (what is carried beside the signature) together are `integrity`; `trust` stands alone. `chain` are the DER certificates that
    the seal carries, the seal certificate first; empty when it is not identified. `path` are the DER certificates
    from the anchor to the seal certificate; empty when there is no such path. `level` is what was judged to be reached, such as
    B-B; None when none was. `proven_at` is the earliest time (aware) at which trusted time-stamps prove that the seal was there;
    None where they prove none. `stamp_paths` are time and path, from the anchor to the unit, of each trusted time-stamp.
    `added` says whether a document has more than was sealed: time-stamps and revisions, which `integrity` judges.
    """

    structure: tuple[Problem, ...]
    signature: tuple[Problem, ...]
    trust: tuple[Problem, ...]
    chain: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    path: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    evidence: tuple[Problem, ...] = ()
    level: str | None = None
    proven_at: datetime | None = None
    stamp_paths: tuple[tuple[datetime, tuple[bytes, ...]], ...] = attrs.field(default=(), repr=False)
    added: bool = False

    @property
    def integrity(self) -> tuple[Problem, ...]:
        """All problems of structure and signature, and of what is carried beside."""
        return self.structure + self.signature + self.evidence

    @property
    def signer(self) -> SubjectIdentity | None:
        """Who the seal certificate names, or None; says nothing unless `integrity` and `trust` hold."""
        try:
            return subject_identity(self.chain[0]) if self.chain else None
        except CertificateError:
            return None
