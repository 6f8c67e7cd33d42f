"""How far a batch is: never less than before, and what is left as long as it takes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.cli.printing import new_console
from mikrocert.cli.progress import Meter, Snapshot, lines, shown
from mikrocert.service.issuing.issuing import Phase
from mikrocert.texts import Texts
from rich.console import Console

SECONDS = {Phase.JUDGE: 0.01, Phase.BUILD: 0.5, Phase.SECURE: 0.1, Phase.RENDER: 2.0,
           Phase.SECURE_DOCUMENTS: 0.2, Phase.RECORD: 0.05}  # fmt: skip


class Clock:
    """Goes as it is told."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def english(value):
    return Texts().plain(value, "en")


def run(batches, *, phases=tuple(Phase), seconds=SECONDS):
    """Return how far it is after each step, and when: batches are numbers of awards that are open in each phase."""
    clock, snapshots = Clock(), []
    total = sum(max(batch) for batch in batches)
    meter = Meter(total, show=lambda snapshot: snapshots.append((clock.seconds, snapshot)), now=clock)
    for batch in batches:
        for phase, going in zip(phases, batch, strict=True):
            for done in range(1, going + 1):
                clock.seconds += seconds[phase]
                meter.step(phase, done, going)
        for _ in range(max(batch)):
            meter.result()
    return snapshots, clock.seconds


@given(
    st.lists(
        st.lists(st.integers(0, 5), min_size=len(Phase), max_size=len(Phase)).filter(lambda batch: batch[0]),
        min_size=1,
        max_size=5,
    ),
    st.lists(st.floats(0, 100), min_size=len(Phase), max_size=len(Phase)),
)
def test_it_never_gets_less(batches, seconds):
    """Whatever is refused on the way and however long a phase takes; there is never more done than there is."""
    batches = [sorted(batch, reverse=True) for batch in batches]
    snapshots, _ = run(batches, seconds=dict(zip(Phase, seconds, strict=True)))
    shares = [snapshot.share for _, snapshot in snapshots]
    assert shares == sorted(shares)
    assert all(0 < share <= 1 for share in shares)
    through = [snapshot.through for _, snapshot in snapshots]
    assert through == sorted(through)
    assert all((snapshot.seconds_left or 0) >= 0 for _, snapshot in snapshots)


def test_all_is_done_in_the_end():
    """Where every award went the whole way."""
    snapshots, _ = run([[50] * 6, [50] * 6, [7] * 6])
    assert snapshots[-1][1].share == pytest.approx(1)


@pytest.mark.parametrize("phases", [tuple(Phase), (Phase.JUDGE, Phase.BUILD, Phase.RENDER)])
def test_what_is_left_takes_as_long_as_is_told(phases):
    """Once a batch has shown what a phase takes and which there are, in a dry run too."""
    snapshots, end = run([[50] * len(phases)] * 4, phases=phases)
    estimates = [
        (at, snapshot.seconds_left)
        for at, snapshot in snapshots
        if snapshot.through and snapshot.seconds_left
    ]
    assert len(estimates) > 400
    for at, left in estimates:
        assert at + left == pytest.approx(end)


def test_nothing_is_told_before_anything_was_drawn():
    """What judging takes says nothing of the rest."""
    snapshots, _ = run([[5] * 6])
    assert [snapshot.seconds_left is None for _, snapshot in snapshots] == [True] * 5 + [False] * 25


def test_a_phase_not_yet_seen_is_guessed_from_those_that_were():
    """In the first batch there is nothing else to go by."""
    snapshots, _ = run([[10] * 6])
    drawing = [snapshot for _, snapshot in snapshots if snapshot.phase is Phase.BUILD]
    assert drawing[-1].seconds_left == pytest.approx(10 * 0.5 / 30 * (6 + 50 + 10 + 2))


LEFT = {  # seconds → English, Czech
    None: ("5 of 500 awards are through", "hotovo: 5 z 500"),
    0: ("5 of 500 awards are through, less than a minute left", "hotovo: 5 z 500, zbývá méně než minuta"),
    60: ("5 of 500 awards are through, about a minute left", "hotovo: 5 z 500, zbývá asi minuta"),
    61: ("5 of 500 awards are through, about 2 minutes left", "hotovo: 5 z 500, zbývají asi 2 minuty"),
    299: ("5 of 500 awards are through, about 5 minutes left", "hotovo: 5 z 500, zbývá asi 5 minut"),
    7200: ("5 of 500 awards are through, about 120 minutes left", "hotovo: 5 z 500, zbývá asi 120 minut"),
    7201: ("5 of 500 awards are through, about 3 hours left", "hotovo: 5 z 500, zbývají asi 3 hodiny"),
    40000: ("5 of 500 awards are through, about 12 hours left", "hotovo: 5 z 500, zbývá asi 12 hodin"),
}  # fmt: skip


@pytest.mark.parametrize("seconds", LEFT)
def test_what_is_left_is_told_in_both_languages(seconds):
    """Rounded up, in minutes and then in hours."""
    snapshot = Snapshot(Phase.RENDER, 12, 50, 5, 500, 0.02, seconds)
    assert tuple(Texts().plain(snapshot.left, language) for language in ("en", "cs")) == LEFT[seconds]
    assert english(snapshot.doing) == "drawing certificates 12 of 50"
    assert Texts().plain(snapshot.doing, "cs") == "kreslí se osvědčení 12 z 50"


def test_a_dry_run_never_says_that_something_is_sealed():
    """In no phase that it goes through, in either language."""
    shown_phases = []
    meter = Meter(2, show=lambda snapshot: shown_phases.append(snapshot.doing), dry_run=True)
    for phase in (Phase.JUDGE, Phase.BUILD, Phase.SECURE, Phase.RENDER):
        meter.step(phase, 1, 2)
    told = [Texts().plain(doing, language) for doing in shown_phases for language in ("en", "cs")]
    assert not [text for text in told if "seal" in text or "pečet" in text]


def test_lines_come_now_and_then(capsys):
    """None within ten seconds of the one before, and none where nothing went on; each says more than the one before."""
    clock = Clock()
    show = lines(english, now=clock)
    for second in range(1000):
        clock.seconds = second / 2
        show(Snapshot(Phase.RENDER, 1, 50, second // 10, 100, second / 1000, 60.0))
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 20 - 1
    assert printed[0] == (
        "mikrocert: drawing certificates 1 of 50; 5 of 100 awards are through, about a minute left"
    )


def steps(meter):
    for phase in (Phase.JUDGE, Phase.BUILD):
        for done in range(1, 11):
            meter.step(phase, done, 10)


PLACES = {  # what there is → whether a bar is drawn
    "a terminal": ({"force_terminal": True, "color_system": "standard"}, True),
    "a terminal without colours": ({"force_terminal": True, "color_system": None}, False),
    "a pipe": ({"force_terminal": False}, False),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_bar_is_drawn_where_there_is_a_place_for_it(name, capsys):
    """Elsewhere nothing drives the cursor."""
    members, bar = PLACES[name]
    output = io.StringIO()
    console = Console(file=output, width=100, **members)
    with shown(20, console, english, quiet=False) as meter:
        steps(meter)
    assert ("\x1b" in output.getvalue()) is bar
    assert ("0 of 20 awards are through" in output.getvalue()) is bar
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(("total", "quiet"), [(3, False), (20, True)])
def test_nothing_is_shown_of_a_few_or_beside_json(total, quiet):
    """What is over at once needs no bar."""
    output = io.StringIO()
    console = Console(file=output, width=100, force_terminal=True, color_system="standard")
    with shown(total, console, english, quiet=quiet) as meter:
        meter.step(Phase.JUDGE, 1, total)
        meter.result()
    assert output.getvalue() == ""


def test_the_console_of_answers_takes_a_bar(monkeypatch):
    """What the commands print to highlights nothing and takes the bar as it is."""
    monkeypatch.setenv("TERM", "xterm")
    with shown(20, new_console(), english, quiet=False) as meter:
        steps(meter)
