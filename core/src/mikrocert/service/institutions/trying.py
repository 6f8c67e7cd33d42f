"""Trying a layout on an export: what can be read by it, and what the rules find in that. Nothing is issued."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award import Address, Organisation
from mikrocert.award.partial import PartialAward
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.kinds.institution import Mandate, Profile
from mikrocert.report import Finding, Severity
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from mikrocert.intake.layout import Layout
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.rules import RuleSet

__all__ = ["Tally", "Trial", "try_layout"]

_POSITION = re.compile(r"\[\d+\]")
_OF_THE_INSTITUTION: Final = frozenset({"awarding_body", "quality_assurance", "place"})


@attrs.frozen
class Tally:
    """A fault that several records have.

    Args:
        finding: that of the first record that has it; its path without list positions.
        records: how many records have it.
        first: number of the first one.
    """

    finding: Finding
    records: int
    first: int


@attrs.frozen
class Trial:
    """What came of reading an export by a layout.

    Args:
        count: how many records there are.
        good: how many are awards without errors, as far as the export goes.
        tallies: their faults, each kind once, the commonest first.
    """

    count: int
    good: int
    tallies: tuple[Tally, ...]


def try_layout(
    data: bytes, *, layout: Layout, rules: RuleSet, on: date, encoding: str | None = None
) -> Trial:
    """Read an export by a layout and judge what is read, but for what the institution says of itself.

    Args:
        data: the export.
        layout: the layout.
        rules: the rules that awards are judged by.
        on: the day of judging.
        encoding: of a CSV, where a person says so; none means UTF-8.

    Raises:
        IntakeError: if the file can't be read at all.
    """
    nobody = LanguageMap.of("–", "–")
    profile = Profile(Organisation(nobody, Address("–")), Mandate("–", on))
    count = good = 0
    tallies: dict[tuple[str, str], Tally] = {}
    for record in LayoutIntake(layout).read(data, profile=profile, encoding=encoding):
        findings = tuple(_findings(record, rules, on))
        count += 1
        good += record.award is not None and not any(one.severity is Severity.ERROR for one in findings)
        plain = (attrs.evolve(one, path=_POSITION.sub("", one.path)) for one in findings)
        for finding in {(one.path, one.code): one for one in plain}.values():
            before = tallies.get((finding.path, finding.code), Tally(finding, 0, record.number))
            tallies[finding.path, finding.code] = attrs.evolve(before, records=before.records + 1)
    ordered = sorted(tallies.values(), key=lambda tally: (-tally.records, tally.first))
    return Trial(count, good, tuple(ordered))


def _findings(record: IntakeRecord, rules: RuleSet, on: date) -> Iterator[Finding]:
    yield from record.findings
    part = record.part
    if record.award is not None:
        part = PartialAward(record.award, frozenset())
    if part is None:
        return
    missing = part.missing | _OF_THE_INSTITUTION
    judged = rules.judge(part.award, on=on, withheld=missing)
    part = attrs.evolve(part, missing=missing)
    yield from record.named(one for one in judged if one.code != "withheld" and not part.lacks(one.path))
