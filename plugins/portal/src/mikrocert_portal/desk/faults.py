"""What is wrong with a batch at the desk: equal faults gathered on its page, and all of them as a table to work through."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import csv_of, fault_cells, gathered

from mikrocert_portal.portal import attachment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Batch, BatchResult, Message, System

    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit

__all__ = ["Faults", "GatheredFault"]

_AT_ONCE: Final = 500
_MOST_GATHERED: Final = 5000
_MOST_TABLED: Final = 100_000
_FEW: Final = 5
"""As many faulty records are seen at once; more are gathered."""


@attrs.frozen
class GatheredFault:
    """A kind of fault as the page shows it.

    Args:
        severity: `error`, `warning` or `info`.
        path: the field as the export calls it.
        message: by language.
        alike: whether all of these faults have this message.
        count: how many records have it.
        where: where the first ones are.
    """

    severity: str
    path: str
    message: dict[str, str] = attrs.field(hash=False)
    alike: bool
    count: int
    where: Message


class Faults:
    """Answers about what is wrong with a batch.

    Args:
        frame: the frame of the desk.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._system: System = frame.system

    def gathered(self, batch: Batch) -> tuple[GatheredFault, ...]:
        """Return the faults of a batch by kind; none where few records have any, not all are known yet, or it is too large to be read for a page.

        Raises:
            UnknownBatch: if it is gone.
        """
        if not batch.ended or batch.forgotten_at is not None or (batch.total or 0) > _MOST_GATHERED:
            return ()
        results = [result for result in self._results(batch) if result.findings]
        if len(results) <= _FEW:
            return ()
        return tuple(
            GatheredFault(
                kind.severity, kind.path, dict(kind.message), kind.alike, len(kind.places), kind.where
            )
            for kind in gathered(results)
        )

    async def table(self, visit: Visit) -> AnyResponse:
        """Answer every fault of a batch as a table, a line for each, in the language of the reader."""

        def work() -> tuple[str, bytes]:
            batch = self._system.batches.find(visit.institution, visit.request.path_params["batch"])
            results = islice(self._results(batch), _MOST_TABLED)
            language = visit.reader.language
            return batch.id, csv_of(fault_cells(results, texts=self._system.texts, language=language))

        name, content = await self._frame.look_up(visit, work)
        return attachment(content, "text/csv; charset=utf-8", f"{name}.csv")

    def _results(self, batch: Batch) -> Iterator[BatchResult]:
        """Yield what became of records, in their order."""
        after = 0
        page = partial(self._system.batches.results, batch.institution, batch.id, limit=_AT_ONCE)
        while found := page(after=after):
            yield from found
            after = found[-1].number
