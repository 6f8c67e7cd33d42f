"""Lies that know how JSON, CMS and PDF are made: none is believed, whoever verifies."""
# pyright: basic

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from mikrocert.report import Report, Verdict
from mikrocert.report.json import report_to_json
from mikrocert.service.confining import Confinement
from mikrocert.service.system import _verifying, open_system
from mikrocert.texts import Texts

from . import in_claims, in_json, in_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from .stage import Stage

SAMPLE, CAMPAIGN = 1, 500
"""How often each lie is told: in every run of the suite, and by `script/test attacks`."""

CRASHED = frozenset({"crash", "plugin-crashed", "no-answer", "not-examined"})
COSTLY = frozenset({"too-costly"})
BOTH, HOME = ("home", "abroad"), ("home",)


@attrs.frozen
class Lie:
    """A kind of lie.

    Args:
        name: what it is.
        tell: returns a file, by chance.
        to: those who must not believe it.
        form: whether it only writes a genuine file otherwise, which is told abroad and refused at home.
        free: whether it is sealed by somebody who may say what he likes, so that only the answer as such counts.
        text: whether only the pages lie, so that the data may be told as fact, but not the whole as valid.
    """

    name: str
    tell: Callable[[Stage, random.Random], bytes]
    to: tuple[str, ...] = BOTH
    form: bool = False
    free: bool = False
    text: bool = False


def lies() -> Iterator[Lie]:
    """Yield every kind of lie."""
    for module in (in_json, in_pdf, in_claims):
        kind = module.__name__.rpartition("in_")[2]
        groups: dict[str, dict[str, Any]] = {
            "LIES": {},
            "FORMS": {"form": True},
            "CLAIMS": {"to": HOME},
            "FREE": {"free": True},
            "TEXTS": {"text": True},
        }
        for group, options in groups.items():
            for tell in getattr(module, group, ()):
                yield Lie(f"{kind}: {tell.__name__.replace('_', ' ')}", tell, **options)


TABLE = {lie.name: lie for lie in lies()}


@pytest.fixture(scope="module")
def plainly(stage: Stage) -> Iterator[dict[str, Callable[[bytes], Report]]]:
    """Return who verifies in this process."""
    with ExitStack() as stack:
        yield {
            who: stack.enter_context(open_system(settings)).verify for who, settings in stage.settings.items()
        }


@pytest.fixture(scope="module")
def confined(stage: Stage) -> Iterator[dict[str, Callable[[bytes], Report]]]:
    """Return who verifies in processes that the kernel ends after 2 seconds of processor time."""
    with ExitStack() as stack:
        confinements = {
            who: Confinement(partial(_verifying, settings), workers=1)
            for who, settings in stage.settings.items()
        }
        for confinement in confinements.values():
            stack.callback(confinement.close)
        yield {
            who: partial(confinement.verify, at=datetime.now(UTC))
            for who, confinement in confinements.items()
        }


TEXTS = Texts()


@pytest.fixture(scope="module")
def genuine(stage: Stage, plainly: dict[str, Callable[[bytes], Report]]) -> dict[bytes, object]:
    """Return every genuine file, and the data that may be told of it as fact."""
    every = [octets for side in stage.files.values() for kind in side.values() for octets in kind]
    return {octets: data_of(plainly["abroad"](octets)) for octets in every}


def data_of(report: Report) -> object:
    """Return what a report tells as fact."""
    return report_to_json(report, texts=TEXTS)["data"]


def codes(report: Report) -> set[str]:
    """Return the codes of everything that was found."""
    found = [*report.unusable, *(finding for result in report.results for finding in result.findings)]
    return {finding.code for finding in found}


def believed(lie: Lie, report: Report, *, who: str, honest: Collection[object]) -> str | None:
    """Return what is wrong with an answer to a lie; none where nothing is.

    Args:
        lie: the kind of lie.
        report: the answer.
        who: who was asked.
        honest: what may be shown as fact of a genuine file that was only written otherwise.
    """
    found, data = codes(report), data_of(report)
    if found & CRASHED:
        return f"it crashed: {report}"
    if found & COSTLY:
        return "it took more than 2 seconds of processor time, or 512 MB"
    if data is not None and not report.proven:
        return "data are told as fact and not proven"
    if lie.free or who not in lie.to:
        return None
    fault = None
    if lie.form and who == "abroad":
        if report.verdict is Verdict.VALID and "covered-unchanged" not in found:
            fault = "it isn't told that the form is another one"
        elif data is not None and data not in honest:
            fault = "other data are told as fact"
    elif lie.text and report.verdict is Verdict.UNDETERMINED and "text-absent" in found:
        fault = None if data in honest else "other data are told as fact"
    elif report.verdict is Verdict.VALID or data is not None:
        fault = f"it is {report.verdict.value}" + ("" if data is None else ", its data are told as fact")
    return fault


def told(
    lie: Lie,
    stage: Stage,
    verifiers: Mapping[str, Callable[[bytes], Report]],
    *,
    genuine: Mapping[bytes, object],
    times: int,
    seed: str,
) -> Counter[str]:
    """Tell a lie so often to everybody, hold every answer, and return how often there was which."""
    chance = random.Random(f"{seed} {lie.name}")
    answers: Counter[str] = Counter()
    for number in range(times):
        data = lie.tell(stage, chance)
        while data in genuine:  # by chance, and then it is no lie
            assert verifiers["home"](data).verdict is Verdict.VALID
            data = lie.tell(stage, chance)
        for who, verify in verifiers.items():
            report = verify(data)
            fault = believed(lie, report, who=who, honest=genuine.values())
            assert fault is None, f"{lie.name}, seed {seed}, number {number}, {who}: {fault}"
            answers[f"{who} {report.verdict.value}"] += 1
    return answers


def test_the_campaign_is_long() -> None:
    """Of all kinds together there are at least twenty thousand lies."""
    assert len(TABLE) * CAMPAIGN >= 20_000


def test_genuine_files_are_valid(genuine, plainly):
    """So what is refused below is refused for what was done to it; abroad nobody asks for the archive."""
    for octets in genuine:
        for who, verify in plainly.items():
            assert verify(octets).verdict is Verdict.VALID, who


@pytest.mark.parametrize("name", TABLE)
def test_no_lie_is_believed(stage, genuine, plainly, seed, name):
    """None is valid, none has its data told as fact, none crashes what reads it."""
    assert told(TABLE[name], stage, plainly, genuine=genuine, times=SAMPLE, seed=seed)


@pytest.mark.long
@pytest.mark.parametrize("name", TABLE)
def test_campaign(stage, genuine, confined, seed, name):
    """The same, often, each file with no more than 2 seconds of processor time."""
    answers = told(TABLE[name], stage, confined, genuine=genuine, times=CAMPAIGN, seed=seed)
    print(f"\n{name}: {', '.join(f'{count} {answer}' for answer, count in sorted(answers.items()))}")  # noqa: T201 - its record
    assert sum(answers.values()) == CAMPAIGN * len(confined)
