"""Counting: statistics of the archive by what somebody wants them by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import attrs

from mikrocert.archive.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mikrocert.archive import Tally

__all__ = ["BY", "COUNTED", "Total", "totals"]

BY = ("institution", "month", "type", "field")
"""What statistics can be told by."""

COUNTED = (EventKind.ISSUED, EventKind.REVOKED, EventKind.REPLACED, EventKind.RENEWED, EventKind.ERASED)


@attrs.frozen
class Total:
    """How often each kind of event happened.

    Args:
        values: of what, in the order of `by`; empty where it isn't known.
        counts: how often each of `COUNTED` happened, in its order.
    """

    values: tuple[str, ...]
    counts: tuple[int, ...]


def totals(tallies: Iterable[Tally], *, by: Sequence[str]) -> tuple[Total, ...]:
    """Return what happened, sorted by what it is told by.

    By field, a credential counts in each of its fields, so that fields add up to more than there are.

    Args:
        tallies: as the archive counts.
        by: what they are told by, out of `BY`; nothing gives one total, or none where nothing happened.
    """
    found: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_KINDS, 0))
    for tally in tallies:
        for field in (tally.fields or ("",)) if "field" in by else ("",):
            values: dict[str, str] = {
                "institution": tally.institution,
                "month": tally.month,
                "type": tally.type,
                "field": field,
            }
            counts = found[tuple(values[one] for one in by)]
            counts[tally.kind] = counts.get(tally.kind, 0) + tally.count
    return tuple(
        Total(values, tuple(counts[kind] for kind in _KINDS)) for values, counts in sorted(found.items())
    )


_KINDS = tuple(kind.value for kind in COUNTED)
