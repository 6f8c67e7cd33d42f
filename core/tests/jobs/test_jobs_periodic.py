"""Periodic jobs: what settings want done again and again is done once at a time."""

from __future__ import annotations

import attrs
import pytest
from mikrocert.errors import SealError, SettingsError
from mikrocert.report import Finding
from mikrocert.service.keeping.public_log import PublicLog
from mikrocert.service.periodic import enqueue_periodic
from mikrocert.service.system import System, open_system
from mikrocert.settings import JobSettings
from mikrocert.texts import message


@pytest.fixture
def settings(settings):
    return attrs.evolve(settings, jobs=JobSettings(renew_days=90, publish_hours=6, lists_hours=12))


@pytest.fixture
def done(monkeypatch):
    """Return what was done, in its order."""
    calls = []

    def renew(self, *, before):
        calls.append("renew")
        yield from ()

    def update_lists(self, *, at):
        calls.append("lists")
        return (Finding.info("list-updated", "up to date"),)

    monkeypatch.setattr(System, "renew", renew)
    monkeypatch.setattr(System, "update_lists", update_lists)
    monkeypatch.setattr(PublicLog, "publish", lambda self: calls.append("publish"))
    monkeypatch.setattr(PublicLog, "is_published", True)
    return calls


def test_each_is_done_at_once_and_again_after_its_time(system, work, done, clock):
    """However many workers begin."""
    for _ in range(3):
        enqueue_periodic(system)
    work(system)
    assert sorted(done) == ["lists", "publish", "renew"]
    enqueue_periodic(system)
    work(system)
    assert len(done) == 3
    for _ in range(4):
        clock.move(hours=6, minutes=1)
        work(system)
    assert (done.count("publish"), done.count("lists"), done.count("renew")) == (5, 3, 2)


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


@pytest.mark.usefixtures("done")
def test_lists_that_could_not_be_had_are_tried_again_within_the_hour(
    system, work, clock, monkeypatch, caplog
):
    """It is told how many, and what is there stays; a folder that can't be used is tried again at once."""
    answers = [
        (Finding.error("list-silent", "silent", path="CZ"), Finding.info("list-updated", "fine", path="SK")),
        SealError(message("no folder")),
        (Finding.info("list-updated", "fine", path="SK"),),
    ]
    times = []

    def update_lists(self, *, at):
        times.append(at)
        answer = answers[min(len(times), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(System, "update_lists", update_lists)
    enqueue_periodic(system)
    work(system)
    assert "1 trusted lists could not be brought up to date" in caplog.text
    clock.move(minutes=61)
    work(system)
    clock.move(minutes=1)
    work(system)
    assert len(times) == 3
    clock.move(hours=11)
    work(system)
    assert len(times) == 3
    clock.move(hours=2)
    work(system)
    assert len(times) == 4


def test_without_lists_such_a_job_says_what_is_missing(system):
    """It is a slip in the settings."""
    with pytest.raises(SettingsError, match=r"\[trust\.lists\]"):
        System.update_lists(system, at=system.queue.now())
