"""Recognition: credentials side by side, for whoever decides what they count for; what decides is that person.

Only what is proven counts as a fact: what isn't is marked and never summed. Everything is taken from what a report shows of a credential,
so that nothing is compared that its reader may not see.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.report import Outcome, Verdict
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mikrocert.report import CredentialStatus, Report, View
    from mikrocert.texts import Value

__all__ = ["Candidate", "Comparison", "Target", "Worth", "candidate_of", "closed_candidate", "compare"]

_BROAD: Final = 2
_NARROW: Final = 3
_REGISTER_ID: Final = "DEQAR {number}"
_DEEPEST: Final = 6


class Worth(Enum):
    """What the data of a credential are worth."""

    COUNTS = "counts"
    """Proven, and the credential is valid."""

    DOES_NOT_COUNT = "does-not-count"
    """Proven, but the credential isn't valid, such as one that was revoked."""

    UNPROVEN = "unproven"
    """Nothing proves who said so."""

    SUMMARY = "summary"
    """Its holder shows no more than a summary."""

    CLOSED = "closed"
    """Its holder closed the access."""

    UNSHOWN = "unshown"
    """Changed, unreadable or unknown: there is nothing to show."""


@attrs.frozen
class Candidate:
    """A credential, as far as a comparison shows it.

    Args:
        label: what it was given as: its identifier, or the name of a file.
        worth: what its data are worth.
        report: the report about it; none where there is no such credential.
        view: what it says; none where that isn't shown.
        identifier: its identifier, or none.
        ects: ECTS credits, or none.
        eqf: level, or none.
        areas: codes of ISCED-F.
        parts: identifiers of credentials that it names as its parts.
        register_ids: ids in the register of quality assurance that its awarding institutions give.
        status: of one that its holder closed: whether it was revoked or replaced, which is always told; none otherwise.
    """

    label: str
    worth: Worth
    report: Report | None = None
    view: View | None = None
    identifier: str | None = None
    ects: Decimal | None = None
    eqf: int | None = None
    areas: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    register_ids: tuple[str, ...] = ()
    status: CredentialStatus | None = None


@attrs.frozen
class Target:
    """What credentials are held against: a programme, a course, a type.

    Args:
        ects: how many credits it has, or none.
        eqf: its level, or none.
        areas: its fields, codes of ISCED-F.
    """

    ects: Decimal | None = None
    eqf: int | None = None
    areas: tuple[str, ...] = ()


@attrs.frozen
class Comparison:
    """Credentials side by side.

    Args:
        candidates: in the order in which they were given, each once.
        total: the sum of the credits of those that count, nothing twice; none where there is none.
        at_most: whether it is an upper bound, because two of them share a part whose credits aren't known.
        notes: what to know of the sum and of the credentials together.
        beside: label of a candidate → how it stands to the target.
    """

    candidates: tuple[Candidate, ...]
    total: Decimal | None
    at_most: bool
    notes: tuple[Message, ...]
    beside: Mapping[str, tuple[Message, ...]]


def candidate_of(
    label: str, report: Report | None, *, identifier_of: Callable[[str], str | None], summary: bool = False
) -> Candidate:
    """Return a credential as far as a comparison shows it.

    Args:
        label: what it was given as.
        report: what its reader may see of it; none where there is none.
        identifier_of: returns the identifier that a link of ours leads to, or none.
        summary: whether the report has no more than a summary, because its holder wants it so.
    """
    if report is None or report.view is None or report.outcome("integrity") is Outcome.FAILED:
        return Candidate(label, Worth.UNSHOWN, report)
    view = report.view.without_birth()
    if summary:
        return Candidate(label, Worth.SUMMARY, report, view, identifier=report.identifier)
    figures = {figure.key: figure.value for figure in view.figures}
    ects, eqf = figures.get("credits"), figures.get("level")
    if not report.proven:
        worth = Worth.UNPROVEN
    elif report.verdict is Verdict.VALID:
        worth = Worth.COUNTS
    else:
        worth = Worth.DOES_NOT_COUNT
    links = (identifier_of(link) for link in _parameters(_values(view, "component-credentials"), "link"))
    return Candidate(
        label=label,
        worth=worth,
        report=report,
        view=view,
        identifier=report.identifier,
        ects=ects if isinstance(ects, Decimal) and ects.is_finite() else None,
        eqf=eqf if isinstance(eqf, int) else None,
        areas=tuple(_parameters(_values(view, "thematic-area"), "code")),
        parts=frozenset(link for link in links if link is not None),
        register_ids=tuple(dict.fromkeys(_register_ids(_values(view, "awarding-body")))),
    )


def closed_candidate(identifier: str, status: CredentialStatus) -> Candidate:
    """Return a credential whose holder closed the access: nothing is shown but whether it was revoked or replaced."""
    return Candidate(identifier, Worth.CLOSED, identifier=identifier, status=status)


def compare(candidates: Iterable[Candidate], target: Target | None = None) -> Comparison:
    """Return credentials side by side; one that was given twice is there once."""
    once: dict[str, Candidate] = {}
    notes: list[Message] = []
    for one in candidates:
        claimed = one.worth is Worth.UNPROVEN  # anybody's file may name the identifier of somebody else's
        key = f" {one.label}" if claimed or one.identifier is None else one.identifier
        if key in once:
            if once[key].worth in _LITTLE_SHOWN and one.worth not in _LITTLE_SHOWN:
                once[key] = one  # its file shows what its page, as its holder wants it, doesn't
            notes.append(message("{label} was given twice; it is here once.", label=one.label))
        else:
            once[key] = one
    there = tuple(once.values())
    total, at_most, of_sum = _sum(there)
    holders = {one.view.holder for one in there if one.view and one.view.holder}
    if len(holders) > 1:
        notes.append(
            message(
                "They name different holders: {names:semicolon}. Find out whether that is one person.",
                names=sorted(holders),
            )
        )
    beside = {} if target is None else {one.label: tuple(_against(one, target)) for one in there}
    if target is not None and target.ects is not None and total is not None:
        of_sum.append(message("The target has {credits} ECTS.", credits=target.ects))
    return Comparison(there, total, at_most, (*notes, *of_sum), beside)


def _sum(there: Sequence[Candidate]) -> tuple[Decimal | None, bool, list[Message]]:
    """Return the sum of the credits of those that count, whether it is an upper bound, and what to know of it."""
    counting = {one.identifier or f" {one.label}": one for one in there if one.worth is Worth.COUNTS}
    if not counting:
        none = message("Nothing here is counted, so that there is no sum; the row “Verification” says why.")
        return None, False, [none]
    left_out = [one.label for one in there if one.worth is not Worth.COUNTS]
    total, at_most, notes = _sum_of(counting)
    if left_out:
        why = message("Not in the sum: {labels:semicolon}; the row “Verification” says why.", labels=left_out)
        notes.insert(0, why)
    return total, at_most, notes


def _sum_of(counting: Mapping[str, Candidate]) -> tuple[Decimal | None, bool, list[Message]]:
    """Return the same of some that all count."""
    notes: list[Message] = []
    within = {key: _all_parts(key, counting) for key in counting}
    circular = sorted(counting[key].label for key in counting if key in within[key])
    if circular:
        notes.append(
            message(
                "These name each other as parts, so that nothing can be summed: {labels:semicolon}.",
                labels=circular,
            )
        )
        return None, False, notes
    stating = {key: one for key, one in counting.items() if one.ects is not None}
    if not stating:
        notes.append(message("Not one of those that count states ECTS credits, so that there is no sum."))
        return None, False, notes
    without = [one.label for one in counting.values() if one.ects is None]
    if without:
        notes.append(message("Without ECTS credits: {labels:semicolon}.", labels=without))
    # Within one that states no credits, its parts stand for themselves.
    wholes = [key for key in stating if not any(key in within[other] for other in stating)]
    for key, one in stating.items():
        around = [stating[whole].label for whole in stating if key in within[whole]]
        if around:
            notes.append(
                message(
                    "{part} is part of {wholes:semicolon}; its credits are not counted again.",
                    part=one.label,
                    wholes=around,
                )
            )
    total = sum((counting[key].ects or Decimal(0) for key in wholes), Decimal(0))
    shared = {part: [key for key in wholes if part in within[key]] for key in wholes for part in within[key]}
    shared = {part: keys for part, keys in shared.items() if len(keys) > 1}
    at_most = False
    for part, keys in shared.items():
        labels = [counting[key].label for key in keys]
        if any(part in within.get(other, frozenset()) for other in shared if other != part):
            continue  # it is within another part that they share
        ects = counting[part].ects if part in counting else None
        if ects is None:
            at_most = True
            notes.append(
                message(
                    "{wholes:semicolon} have the part {part} in common; give it too, so that it isn't counted twice.",
                    part=part,
                    wholes=labels,
                )
            )
        else:
            total -= ects * (len(keys) - 1)
            notes.append(
                message(
                    "{wholes:semicolon} have {part} in common; it is counted once.",
                    part=counting[part].label,
                    wholes=labels,
                )
            )
    return total, at_most, notes


def _all_parts(key: str, counting: Mapping[str, Candidate]) -> frozenset[str]:
    """Return what is within a credential: its parts, theirs, and so on."""
    found: set[str] = set()
    waiting = list(counting[key].parts)
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            if part in counting:
                waiting += counting[part].parts
    return frozenset(found)


def _against(one: Candidate, target: Target) -> Iterator[Message]:
    """Yield how a credential stands to the target, as far as codes tell."""
    if one.view is None:
        return
    if target.eqf is not None and one.eqf is not None:
        if one.eqf == target.eqf:
            yield message("Level: the same as that of the target.")
        elif one.eqf > target.eqf:
            yield message("Level: higher than that of the target.")
        else:
            yield message("Level: lower than that of the target.")
    if target.areas and one.areas:
        common = max(_in_common(mine, wanted) for mine in one.areas for wanted in target.areas)
        if common > _NARROW:
            yield message("Field: the same detailed field.")
        elif common == _NARROW:
            yield message("Field: the same narrow field.")
        elif common == _BROAD:
            yield message("Field: the same broad field.")
        else:
            yield message("Field: another broad field.")


def _in_common(mine: str, wanted: str) -> int:
    """Return how many signs two codes of ISCED-F have in common from the beginning."""
    count = 0
    for one, other in zip(mine, wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


def _values(view: View, key: str) -> tuple[Value, ...]:
    item = view.item(key)
    return item.values if item is not None else ()


def _parameters(values: Iterable[Value], name: str) -> Iterator[str]:
    """Yield what messages have under a name; codes stand alone where a list lacks them."""
    for value in values:
        if isinstance(value, Message):
            found = value.parameters.get(name)
            if isinstance(found, str):
                yield found


def _register_ids(values: Iterable[Value], *, depth: int = 0) -> Iterator[str]:
    for value in values:
        if isinstance(value, Message) and depth < _DEEPEST:
            if value.text == _REGISTER_ID:
                yield str(value.parameters["number"])
            for parameter in value.parameters.values():
                several = isinstance(parameter, (list, tuple))
                inner = cast("Sequence[Value]", parameter) if several else (parameter,)
                yield from _register_ids(inner, depth=depth + 1)


_LITTLE_SHOWN: Final = frozenset({Worth.UNSHOWN, Worth.SUMMARY, Worth.CLOSED})
