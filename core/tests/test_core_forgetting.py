"""Forgetting: what is kept beside credentials goes when settings say, and doctor says whether it does."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.archive.tables import client_assertions
from mikrocert.award.canonical import award_to_json
from mikrocert.jobs import Job, Worker
from mikrocert.jobs.tables import batch_pieces, batch_results, jobs, sent_requests
from mikrocert.parsing import strict_json
from mikrocert.service.institutions.batches import AWARD
from mikrocert.service.privacy.forgetting import examine_keeping, forget_all
from mikrocert.service.system import open_system
from mikrocert.settings import Archive
from mikrocert.testing import example_award
from sqlalchemy import func, insert, select, update


@pytest.fixture
def ahead():
    """Return by how much the clock is ahead; a test moves it."""
    return [timedelta()]


@pytest.fixture
def system(toy, tmp_path, empty_archive, ahead):
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    settings = toy.settings(tmp_path, archive=Archive(f"sqlite:///{tmp_path / 'archive.sqlite'}"))
    with open_system(settings, plugins=toy.plugins(), now=lambda: datetime.now(UTC) + ahead[0]) as opened:
        yield opened


def count(system, table):
    with system.archive.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def a_batch(system):
    data = strict_json.dumps(award_to_json(example_award())).encode()
    batch = system.batches.accept("toy", data, media_type=AWARD, actor="key ďů")
    Worker(system.queue, system.tasks, changes=system.batches.changes, name="dělník").run(until_idle=True)
    return batch


def a_request(system):
    system.requests.begin("toy", "klíč", content=[b"x"])


def a_job_given_up(system):
    with system.archive.database.changing() as connection:
        system.queue.enqueue(connection, Job("renew", key="given up"))
        connection.execute(update(jobs).where(jobs.c.key == "given up").values(given_up_at=datetime.now(UTC)))


def an_assertion(system):
    with system.archive.database.changing() as connection:
        connection.execute(insert(client_assertions).values(hash="a" * 64, expires_at=datetime.now(UTC)))


KEPT = {  # what → (what makes it, where it is, for how many days)
    "what institutions sent": (a_batch, batch_pieces, "batch_days"),
    "what became of it": (a_batch, batch_results, "batch_days"),
    "requests": (a_request, sent_requests, "request_days"),
    "jobs that were given up": (a_job_given_up, jobs, "job_days"),
    "assertions": (an_assertion, client_assertions, "token_days"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_older_than_settings_say_is_deleted(system, ahead, name):
    """Not an hour before, and in any case an hour after."""
    make, table, setting = KEPT[name]
    make(system)
    there = count(system, table)
    assert there
    days = timedelta(days=getattr(system.settings.privacy, setting))
    ahead[0] = days - timedelta(hours=1)
    forget_all(system, at=system.queue.now())
    assert count(system, table) == there
    ahead[0] = days + timedelta(hours=1)
    forget_all(system, at=system.queue.now())
    assert count(system, table) < there


def test_doctor_says_what_is_overdue(system):
    """Where a worker does its work it says for how long what is kept."""
    a_batch(system)
    now = datetime.now(UTC)
    assert [finding.code for finding in examine_keeping(system, at=now)] == ["keeping"]
    late = now + timedelta(days=system.settings.privacy.batch_days + 2)
    assert [finding.code for finding in examine_keeping(system, at=late)] == ["overdue"]
    forget_all(system, at=late)
