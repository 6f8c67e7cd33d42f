"""The JSON Schema (2020-12) of the report that programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.report.findings import Severity
from mikrocert.report.report import Verdict
from mikrocert.report.results import Outcome
from mikrocert.report.seals import SealQuality
from mikrocert.report.status import StatusValue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import Enum

__all__ = ["report_schema"]


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of `report_to_json`, to which the command line adds members of its own."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mikrocert: report",
        **_ref("Report"),
        "$defs": {
            "Report": _report(),
            "Check": _object(
                "The outcome of one check.",
                check=_text("Name of the check."),
                outcome=_one_of(Outcome),
                findings=_array(_ref("Finding")),
            ),
            "Finding": _object(
                "What was found.",
                code=_text("Stable, for programs."),
                severity=_one_of(Severity),
                path=_text("Where: a member such as outcomes[2].title.cs; empty for the whole."),
                message=_ref("Texts"),
                optional={"sub_indication": _text("What ETSI EN 319 102-1 calls it.")},
            ),
            "Texts": {
                "description": "One text by language.",
                "type": "object",
                "patternProperties": {"^[a-z]{2,3}$": {"type": "string"}},
                "additionalProperties": False,
            },
            "Seal": _object(
                "A seal, as it was judged.",
                kind=_text("What it is, such as JAdES."),
                level=_or_null(_text("Its level, such as B-LTA.")),
                quality=_or_null(_one_of(SealQuality)),
                claimed_at=_or_null(_moment("When it says that it was made.")),
                proven_at=_or_null(_moment("Since when a trusted time stamp proves it.")),
                owner=_or_null(_ref("Owner")),
            ),
            "Owner": _object(
                "Whose seal it is, as its certificate says.",
                legal_name=_or_null(_text("Name of the organisation.")),
                common_name=_or_null(_text("Name of the certificate.")),
                organization_identifier=_or_null(_text("Identifier of the organisation (EN 319 412-1).")),
                country=_or_null(_text("Country, two letters.")),
            ),
            "Status": _object(
                "What the archive knows of it.",
                state=_one_of(StatusValue),
                since=_moment("Since when."),
                reason=_or_null(_text("Why it was revoked or replaced.")),
                successor=_or_null(_text("Identifier of what replaced it.")),
            ),
            "View": _object(
                "What the credential says, without date and place of birth.",
                title=_ref("Texts"),
                holder=_or_null(_text("The learner's name.")),
                awarding_body=_ref("Texts"),
                awarded_on=_or_null({"type": "string", "format": "date"}),
                evidence_number=_or_null(_text("Number in the institution's register.")),
                link=_or_null(_text("The verification link that stands in it.")),
                sections=_array(_ref("Section")),
            ),
            "Section": _object(
                "Items that belong together.",
                section=_text("Stable, for programs."),
                heading=_ref("Texts"),
                items=_array(_ref("Item")),
            ),
            "Item": _object(
                "One thing that it says.",
                item=_text("Stable, for programs."),
                label=_ref("Texts"),
                values=_array(_ref("Texts")),
            ),
        },
    }


def _report() -> dict[str, Any]:
    return _object(
        "The outcome of a verification.",
        verdict=_one_of(Verdict),
        test_seal={"description": "Whether any seal carries the test mark.", "type": "boolean"},
        identifier=_or_null(_text("The 12 characters.")),
        format=_or_null(_text("Name of the credential's format.")),
        checks=_array(_ref("Check")),
        unusable=_array(_ref("Finding")),
        verified_at=_moment("When the verification was made."),
        envelopes=_array(_text("Name of an envelope, the outermost first.")),
        seals=_array(_ref("Seal")),
        status=_or_null(_ref("Status")),
        failures=_array(_ref("Finding")),
        data=_or_null(_ref("View")),
        unverified_data=_or_null(_ref("View")),
        optional={
            "taken_as": {
                "description": "Command line only: as what the argument was taken.",
                "enum": ["file", "identifier", "link", "bundle"],
            },
            "anchors": {"description": "Command line only: certificates trusted this time.", "type": "array"},
            "offline": {
                "description": "Command line only, of a bundle: as of when its status is, and its anchors.",
                "type": "object",
            },
            "settings": _or_null(_text("Command line only: the settings file that was read.")),
        },
    )


def _object(
    about: str, *, optional: Mapping[str, Any] | None = None, **members: dict[str, Any]
) -> dict[str, Any]:
    return {
        "description": about,
        "type": "object",
        "properties": {**members, **(optional or {})},
        "required": list(members),
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _text(about: str) -> dict[str, Any]:
    return {"description": about, "type": "string"}


def _moment(about: str) -> dict[str, Any]:
    return {"description": about, "type": "string", "format": "date-time"}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(words: type[Enum]) -> dict[str, Any]:
    return {"enum": [word.value for word in words]}
