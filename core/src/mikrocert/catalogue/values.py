"""Types as they are kept and as they are read, and their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mikrocert.award.canonical import schema_of
from mikrocert.award.common import Common
from mikrocert.award.types import TypeVersion
from mikrocert.catalogue.offering import Offering
from mikrocert.parsing.structuring import unstructured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mikrocert.report import Finding

__all__ = ["NEEDED", "TYPE_ID", "KeptType", "ReadType", "document_of", "type_schema"]

TYPE_ID: Final = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
"""What ids of types look like: they stand in addresses and in cells of tables."""

NEEDED: Final = ("title", "outcomes", "workload", "level", "thematic_areas")
"""What each type says: without it, nobody knows what it is a type of."""


@attrs.frozen
class KeptType:
    """A version of a type as the catalogue has it.

    Args:
        institution: name of the institution's offer.
        id: what the institution calls the type.
        version: from 1.
        content: what awards of it have in common.
        at: since when there is this version (aware).
        ended_at: when the type was ended (aware), or none; no award takes it from then on but those that took it before.
        offering: how it is offered, or none; then the public sees nothing of it.
    """

    institution: str
    id: str
    version: int
    content: Common
    at: datetime
    ended_at: datetime | None = None
    offering: Offering | None = None

    @property
    def tag(self) -> str:
        """What is another one once the type has another version or is ended."""
        return f"{self.version}" if self.ended_at is None else f"{self.version}-ended"

    @property
    def taken(self) -> TypeVersion:
        """What awards take."""
        return TypeVersion(self.id, self.version, self.content)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON says it: `type` is what one reads in, and what one would send to change it."""
        return {
            "type": {"id": self.id, **document_of(self.content, self.offering)},
            "version": self.version,
            "at": self.at.isoformat(),
            "ended_at": None if self.ended_at is None else self.ended_at.isoformat(),
        }


@attrs.frozen
class ReadType:
    """A type that somebody wants to be kept, as a file has it.

    Args:
        number: position in the file, from 1.
        id: what it is called; empty where that could not be read.
        content: what it says; none where it could not be read.
        findings: what was wrong with it when it was read.
        offering: how it is offered, or none.
        row: row of a table as a spreadsheet shows it; none where there is no table.
        line: line of the file, or none.
        names: member → what the file calls it.
        lost: members of which something could not be read; what `content` says of them means nothing.
    """

    number: int
    id: str
    content: Common | None
    findings: tuple[Finding, ...] = ()
    offering: Offering | None = None
    row: int | None = None
    line: int | None = None
    names: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False, repr=False)
    lost: frozenset[str] = frozenset()


def document_of(content: Common, offering: Offering | None) -> dict[str, Any]:
    """Return what a type says as JSON, its id left out."""
    document = unstructured(content)
    return document if offering is None else {**document, "offering": unstructured(offering)}


def type_schema(definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a type, derived from the award model.

    Args:
        definitions: takes the schemas of what is in it.
    """
    schema_of(Common, definitions)
    offering = schema_of(Offering, definitions)
    common = definitions.pop("Common")
    about = {"type": "string", "pattern": TYPE_ID, "description": "What the institution calls the type."}
    return {
        **common,
        "description": "A type of micro-credential.",
        "properties": {"id": about, **common["properties"], "offering": offering},
        "required": ["id", *NEEDED],
    }
