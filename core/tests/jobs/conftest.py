"""Systems of toys over SQLite and, where it is on the machine, over PostgreSQL, with a clock that tests move."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.jobs import Worker
from mikrocert.service.system import open_system
from mikrocert.settings import Archive
from mikrocert.testing import example_award


@attrs.define
class Clock:
    """Tells the time that a test wants."""

    ahead: timedelta = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead

    def move(self, **by):
        self.ahead += timedelta(**by)


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch):
    """Have what listens to PostgreSQL notice soon that nobody waits any more; closing each system would wait for half a second."""
    monkeypatch.setattr("mikrocert.jobs.changes._LISTEN_SECONDS", 0.02)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request, tmp_path, empty_archive):
    """Return the URLs of an empty archive and its keys."""
    if request.param == "sqlite":
        shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
        return f"sqlite:///{tmp_path / 'archive.sqlite'}", f"sqlite:///{tmp_path / 'archive-keys.sqlite'}"
    return request.getfixturevalue("databases").make_archive()


@pytest.fixture
def settings(toy, tmp_path, places):
    return toy.settings(tmp_path, archive=Archive(*places))


@pytest.fixture
def system(toy, settings, clock):
    with open_system(settings, plugins=toy.plugins(), now=clock) as opened:
        yield opened


@pytest.fixture
def queue(system):
    return system.queue


@pytest.fixture
def work():
    """Return what does jobs of a system here until nothing is due."""

    def until_idle(system, *, tasks=None, name="dělník 1"):
        worker = Worker(system.queue, tasks or system.tasks, changes=system.batches.changes, name=name)
        worker.run(until_idle=True)

    return until_idle


def awards(*numbers):
    """Return awards in the canonical form, by evidence number."""
    award = award_to_json(example_award())
    return [{**award, "evidence_number": number} for number in numbers]


def in_one_file(*numbers):
    return json.dumps({"awards": awards(*numbers)}, default=float).encode()


def by_line(*numbers):
    return b"".join(json.dumps(award, default=float).encode() + b"\n" for award in awards(*numbers))


@attrs.frozen
class Sent:
    """Makes what is sent."""

    awards = staticmethod(awards)
    in_one_file = staticmethod(in_one_file)
    by_line = staticmethod(by_line)


@pytest.fixture
def sent():
    return Sent()
