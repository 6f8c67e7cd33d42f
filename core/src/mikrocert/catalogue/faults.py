"""Judging types: an award of one would be judged so, as far as it doesn't depend on the person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award.common import Common
from mikrocert.award.partial import part_of
from mikrocert.catalogue.values import NEEDED, TYPE_ID
from mikrocert.parsing.structuring import unstructured
from mikrocert.report import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from mikrocert.award.partial import PartialAward
    from mikrocert.rules import RuleSet

__all__ = ["findings_of", "is_type_id", "refuses"]

_ID: Final = re.compile(TYPE_ID)
_MOST_MONTHS: Final = 1200
_LARGEST: Final = 256 * 1024


def findings_of(
    type_id: str, content: Common, *, rules: RuleSet, on: date, lost: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Return all that speaks against a type; errors refuse it.

    Args:
        type_id: what it is called.
        content: what it says.
        rules: what an award has to meet.
        on: the day of judging.
        lost: members that could not be read, of which nothing is said.
    """
    found = [*_of_id(type_id), *_of_needed(content, lost), *_of_persons(content), *_of_validity(content)]
    document = unstructured(content)
    if len(str(document)) > _LARGEST:
        too_large = Finding.error(
            "too-large", "a type of more than {most} characters is not kept", most=_LARGEST
        )
        return (*found, too_large)
    document.pop("valid_months", None)
    part = part_of(document, ())
    if part is None:  # pragma: no cover - what was structured is an object
        return tuple(found)
    unsaid = frozenset(field.name for field in attrs.fields(Common)) - document.keys()
    part = attrs.evolve(part, missing=part.missing | unsaid | lost)
    return (*found, *_of_rules(part, rules, on))


def is_type_id(text: str) -> bool:
    """Return whether a text can be the id of a type."""
    return _ID.fullmatch(text) is not None


def _of_id(type_id: str) -> Iterator[Finding]:
    if not is_type_id(type_id):
        yield Finding.error(
            "type-id",
            "this is no id of a type; 1 to 100 letters without marks, digits and . _ : -, beginning with a letter or a digit, would be right",
            path="id",
        )


def _of_needed(content: Common, lost: frozenset[str]) -> Iterator[Finding]:
    stated = {member.partition(".")[0] for member in (*content.members(), *lost)}
    for name in NEEDED:
        if name not in stated:
            yield Finding.error("missing", "this is mandatory and missing", path=name)


def _of_persons(content: Common) -> Iterator[Finding]:
    """Yield what a type can't say, because it is another for each who learnt."""
    paths: list[str] = []
    if content.participation is not None:
        paths += [
            f"participation.{name}"
            for name in ("started_on", "ended_on")
            if getattr(content.participation, name)
        ]
    for position, assessment in enumerate(content.assessments):
        paths += [
            f"assessments[{position}].{name}"
            for name in ("grade", "assessed_on")
            if getattr(assessment, name)
        ]
    for position, component in enumerate(content.components):
        names = ("assessments", "started_on", "ended_on", "link")
        paths += [f"components[{position}].{name}" for name in names if getattr(component, name)]
    for path in paths:
        yield Finding.error(
            "of-a-person",
            "this is not the same for all who learn, so that an award says it and no type",
            path=path,
        )


def _of_validity(content: Common) -> Iterator[Finding]:
    months = content.valid_months
    if months is not None and not 1 <= months <= _MOST_MONTHS:
        yield Finding.error(
            "valid-months", "1 to {most} months would be right", path="valid_months", most=_MOST_MONTHS
        )
    if months is not None and content.valid_until is not None:
        yield Finding.error(
            "two-ends", "a last day and a number of months are two ends; leave one out", path="valid_months"
        )


def _of_rules(part: PartialAward, rules: RuleSet, on: date) -> Iterator[Finding]:
    for finding in rules.judge(part.award, on=on, withheld=part.missing):
        if finding.code != "withheld" and not part.lacks(finding.path):
            yield finding


def refuses(finding: Finding) -> bool:
    """Return whether a finding refuses a type."""
    return finding.severity is Severity.ERROR
