"""How far a batch is: a bar on a terminal, else now and then a line on standard error."""

from __future__ import annotations

import time
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.cli.output import echo
from mikrocert.cli.printing import PHASES, PHASES_OF_A_DRY_RUN
from mikrocert.service.issuing.issuing import Phase
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.console import Console

    from mikrocert.texts import Say

__all__ = ["Meter", "Snapshot", "lines", "shown"]

_WEIGHTS: Final = {
    Phase.JUDGE: 2,
    Phase.BUILD: 30,
    Phase.SECURE: 6,
    Phase.RENDER: 50,
    Phase.SECURE_DOCUMENTS: 10,
    Phase.RECORD: 2,
}
"""What part of the work each phase is, in hundredths, as long as it wasn't measured."""
_ORDER: Final = tuple(Phase)
_A_FEW: Final = 3
_SECONDS_BETWEEN_LINES: Final = 10.0
_STEP: Final = 0.05
_MINUTE, _HOUR = 60.0, 3600.0


@attrs.frozen
class Snapshot:
    """How far it is.

    Args:
        phase: what the awards of a batch are going through.
        done: how many of them are through it.
        batch: how many of them there are.
        through: how many records have their result.
        total: how many records there are.
        share: how much of all the work is done, from 0 to 1; it never gets less.
        seconds_left: how long the rest will take, as what was done until now took; none before anything was drawn.
        dry_run: whether nothing is sealed.
    """

    phase: Phase
    done: int
    batch: int
    through: int
    total: int
    share: float
    seconds_left: float | None
    dry_run: bool = False

    @property
    def doing(self) -> Message:
        """What is being done."""
        phase = (PHASES_OF_A_DRY_RUN if self.dry_run else PHASES)[self.phase]
        return message("{phase} {done} of {batch}", phase=phase, done=self.done, batch=self.batch)

    @property
    def left(self) -> Message:
        """How many records are through, and how long the rest will take."""
        through = message("{through} of {total} awards are through", through=self.through, total=self.total)
        if self.seconds_left is None:
            return through
        return message("{through}, {time}", through=through, time=_time_left(self.seconds_left))


def _time_left(seconds: float) -> Message:
    """Return how long it will take, rounded up."""
    if seconds < _MINUTE:
        return message("less than a minute left")
    if seconds <= 2 * _HOUR:
        return message(
            "about a minute left", plural="about {count} minutes left", count=ceil(seconds / _MINUTE)
        )
    return message("about an hour left", plural="about {count} hours left", count=ceil(seconds / _HOUR))


class Meter:
    """Measures how far a batch is and how long it takes.

    Args:
        total: how many records there are.
        show: called with how far it is.
        dry_run: whether nothing is sealed.
        now: tells seconds that only grow.
    """

    def __init__(
        self,
        total: int,
        *,
        show: Callable[[Snapshot], object],
        dry_run: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._dry_run = dry_run
        self._show = show
        self._now = now
        self._last = now()
        self._through = self._before = 0
        self._batch = 0
        self._share = 0.0
        self._done: dict[Phase, int] = dict.fromkeys(Phase, 0)
        self._seconds: dict[Phase, float] = dict.fromkeys(Phase, 0.0)
        self._complete = False

    def step(self, phase: Phase, done: int, batch: int) -> None:
        """Take notice of one award more that is through a phase (as `Progress` is called)."""
        now = self._now()
        if phase is Phase.JUDGE and done == 1:
            self._before, self._batch = self._through, batch
        self._seconds[phase] += now - self._last
        self._done[phase] += 1
        self._last = now
        part = sum(_WEIGHTS[each] for each in _ORDER[: _ORDER.index(phase)]) + _WEIGHTS[phase] * done / batch
        share = (self._before + self._batch * part / sum(_WEIGHTS.values())) / self._total
        self._share = min(1.0, max(self._share, share))
        left = self._seconds_left(phase, done / batch)
        self._show(Snapshot(phase, done, batch, self._through, self._total, self._share, left, self._dry_run))

    def result(self) -> None:
        """Take notice of one record more that has its result."""
        self._through += 1
        self._complete = self._done[Phase.BUILD] > 0

    def _seconds_left(self, phase: Phase, part: float) -> float | None:
        """Return what is left of each phase, in awards, times what an award takes in it."""
        if not self._done[Phase.BUILD]:
            return None
        later = self._total - self._before - self._batch
        at = _ORDER.index(phase)
        left = 0.0
        for number, each in enumerate(_ORDER):
            here = 0.0 if number < at else 1 - part if number == at else 1.0
            left += self._seconds_of(each) * (self._batch * here + later)
        return left

    def _seconds_of(self, phase: Phase) -> float:
        """Return what an award takes in a phase: as measured, else as its weight beside the measured ones says."""
        if self._done[phase]:
            return self._seconds[phase] / self._done[phase]
        if self._complete:  # a batch was through without it
            return 0.0
        measured = [each for each in Phase if self._done[each] and each is not Phase.JUDGE]
        seconds = sum(self._seconds[each] / self._done[each] for each in measured)
        return _WEIGHTS[phase] * seconds / sum(_WEIGHTS[each] for each in measured)


def lines(say: Say, *, now: Callable[[], float] = time.monotonic) -> Callable[[Snapshot], None]:
    """Return what prints a line where it goes on noticeably, but none within ten seconds of the one before.

    Args:
        say: writes texts in the language of the answer.
        now: tells seconds that only grow.
    """
    last_at, last_share = now(), 0.0

    def show(snapshot: Snapshot) -> None:
        nonlocal last_at, last_share
        if now() - last_at < _SECONDS_BETWEEN_LINES or snapshot.share - last_share < _STEP:
            return
        last_at, last_share = now(), snapshot.share
        echo(f"mikrocert: {say(snapshot.doing)}; {say(snapshot.left)}", err=True)

    return show


@contextmanager
def shown(total: int, console: Console, say: Say, *, quiet: bool, dry_run: bool = False) -> Generator[Meter]:
    """Give a meter that shows how far it is: a bar below what the same console prints, or lines where there is no place for one.

    Args:
        total: how many records there are.
        console: of standard output, or of standard error where that isn't a terminal.
        say: writes texts in the language of the answer.
        quiet: whether nothing is shown.
        dry_run: whether nothing is sealed.
    """
    if quiet or total <= _A_FEW:
        yield Meter(total, show=lambda _: None)
        return
    if not console.is_terminal or console.color_system is None:
        yield Meter(total, show=lines(say), dry_run=dry_run)
        return
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as bar:
        task = bar.add_task("", total=1.0, left="")
        yield Meter(
            total,
            dry_run=dry_run,
            show=lambda snapshot: bar.update(
                task, completed=snapshot.share, description=say(snapshot.doing), left=say(snapshot.left)
            ),
        )
