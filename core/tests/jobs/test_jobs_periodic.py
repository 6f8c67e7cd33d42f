"""Periodic jobs: what settings want done again and again is done once at a time."""

from __future__ import annotations

import attrs
import pytest
from mikrocert.service.periodic import enqueue_periodic
from mikrocert.service.system import System, open_system
from mikrocert.settings import JobSettings


@pytest.fixture
def settings(settings):
    return attrs.evolve(settings, jobs=JobSettings(renew_days=90, publish_hours=6))


@pytest.fixture
def done(monkeypatch):
    """Return what was done, in its order."""
    calls = []

    def renew(self, *, before):
        calls.append("renew")
        yield from ()

    monkeypatch.setattr(System, "renew", renew)
    monkeypatch.setattr(System, "publish_log", lambda self: calls.append("publish"))
    monkeypatch.setattr(System, "publishes", True)
    return calls


def test_each_is_done_at_once_and_again_after_its_time(system, work, done, clock):
    """However many workers begin."""
    for _ in range(3):
        enqueue_periodic(system)
    work(system)
    assert sorted(done) == ["publish", "renew"]
    enqueue_periodic(system)
    work(system)
    assert len(done) == 2
    for _ in range(4):
        clock.move(hours=6, minutes=1)
        work(system)
    assert (done.count("publish"), done.count("renew")) == (5, 2)


def test_what_settings_want_no_more_ends(settings, system, work, done, clock):
    """Its last job does nothing and has itself not done again."""
    enqueue_periodic(system)
    work(system)
    done.clear()
    clock.move(days=2)
    plain = attrs.evolve(settings, jobs=JobSettings())
    with open_system(plain, plugins=system.plugins, now=clock) as other:
        enqueue_periodic(other)
        work(other)
        assert [one.job.task for one in other.queue.jobs()] == ["forget"]
    assert done == []


def test_one_that_fails_is_tried_again_soon(system, work, done, clock, monkeypatch):
    """Not only after a day."""
    calls = []

    def renew(self, *, before):
        calls.append(before)
        if len(calls) == 1:
            raise ZeroDivisionError
        yield from ()

    monkeypatch.setattr(System, "renew", renew)
    enqueue_periodic(system)
    work(system)
    clock.move(seconds=10)
    work(system)
    assert len(calls) == 2
