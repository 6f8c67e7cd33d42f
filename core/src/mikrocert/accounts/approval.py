"""What the operator of a sandbox writes down for production: that an institution is approved, and on which grounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from mikrocert.accounts.values import MandateRecord
from mikrocert.errors import IntakeError
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured, unstructured
from mikrocert.report import Finding

__all__ = ["Approval"]

_PURPOSE = "approval 1"


@attrs.frozen
class Approval:
    """An approval of an institution.

    It is not signed: whoever may open accounts in production may do so anyway, and answers for where the file comes from.

    Args:
        mikrocert: what the file is: `approval 1`.
        institution: name of the institution's offer.
        sandbox: address of the instance on which the institution went the way.
        approved_by: who approved.
        approved_at: when, in UTC (ISO 8601).
        mandate: the agreement that was recorded.
        conformance: SHA-256 (hex) of the exports with which the institution proved its conformance.
        settings: the sections of the institution in the settings there, by kind of offer.
    """

    mikrocert: str
    institution: str
    sandbox: str
    approved_by: str
    approved_at: str
    mandate: MandateRecord
    conformance: tuple[str, ...] = ()
    settings: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)

    @classmethod
    def of(cls, **members: Any) -> Approval:  # noqa: ANN401 - see Args of the class
        """Return an approval with these members, of the present form."""
        return cls(_PURPOSE, **members)

    @classmethod
    def read(cls, octets: bytes) -> Approval:
        """Return the approval that a file holds.

        Raises:
            IntakeError: if it is none; tells every fault with its place.
        """
        document = strict_json.loads(octets, refuse=IntakeError)
        approval = structured(document, cls, refuse=IntakeError, path="")
        if approval.mikrocert != _PURPOSE:
            raise IntakeError(
                [
                    Finding.error(
                        "not-an-approval",
                        "this is '{text}', '{right}' would be right",
                        path="mikrocert",
                        text=approval.mikrocert,
                        right=_PURPOSE,
                    )
                ]
            )
        return approval

    @property
    def octets(self) -> bytes:
        """The file."""
        return f"{strict_json.dumps(unstructured(self), indent=2)}\n".encode()
