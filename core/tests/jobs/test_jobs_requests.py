"""Requests to which their senders gave a key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from mikrocert.errors import InProgressError, ReusedKeyError
from mikrocert.jobs.tables import sent_requests
from sqlalchemy import func, select

KEY, SENT = "klíč 1", [b"ctyri", b"sta"]


@pytest.fixture
def requests(system):
    return system.requests


def test_what_came_of_a_request_is_there_again(requests):
    """Sent again with its key, it has the batch of the first time."""
    assert requests.begin("toy", KEY, content=SENT) is None
    requests.end("toy", KEY, batch="b-K7mQx4Rt9b")
    assert requests.begin("toy", KEY, content=[b"".join(SENT)]) == "b-K7mQx4Rt9b"


def test_another_request_has_another_key(requests):
    """The same key with other content is refused, also while the first one is being answered."""
    requests.begin("toy", KEY, content=SENT)
    for batch in (None, "b-K7mQx4Rt9b"):
        with pytest.raises(ReusedKeyError):
            requests.begin("toy", KEY, content=[b"other"])
        if batch is None:
            requests.end("toy", KEY, batch="b-K7mQx4Rt9b")


def test_a_key_is_its_institutions(requests):
    """Two institutions may call their requests the same."""
    requests.begin("toy", KEY, content=SENT)
    assert requests.begin("other", KEY, content=[b"other"]) is None


def test_a_request_that_is_being_answered_waits(requests, clock):
    """It is in progress until it has ended, or until whoever answered it must have gone."""
    requests.begin("toy", KEY, content=SENT)
    with pytest.raises(InProgressError):
        requests.begin("toy", KEY, content=SENT)
    clock.move(minutes=3)
    assert requests.begin("toy", KEY, content=SENT) is None
    with pytest.raises(InProgressError):
        requests.begin("toy", KEY, content=SENT)


def test_a_request_of_which_nothing_came_may_be_sent_again(requests):
    """Its key is free, also for another one; what came of one stays."""
    requests.begin("toy", KEY, content=SENT)
    requests.end("toy", KEY, batch=None)
    assert requests.begin("toy", KEY, content=[b"other"]) is None
    requests.end("toy", KEY, batch="b-K7mQx4Rt9b")
    requests.end("toy", KEY, batch=None)
    assert requests.begin("toy", KEY, content=[b"other"]) == "b-K7mQx4Rt9b"


def test_requests_are_forgotten(requests, system, clock):
    """After a week nothing is there of them."""
    requests.begin("toy", KEY, content=SENT)
    requests.end("toy", KEY, batch="b-K7mQx4Rt9b")
    clock.move(days=8)
    assert requests.begin("toy", "other", content=SENT) is None
    with system.archive.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(sent_requests)).scalar_one() == 1
    assert requests.begin("toy", KEY, content=[b"other"]) is None


def test_neither_key_nor_content_is_kept(requests, system):
    """What is there tells neither, and content that two keys have in common can't be told from it."""
    for key in (KEY, "other"):
        requests.begin("toy", key, content=SENT)
    with system.archive.database.reading() as connection:
        rows = connection.execute(select(sent_requests)).all()
    assert len({row.digest for row in rows}) == 2
    assert not {KEY, "other"} & {row.key for row in rows}


def test_of_two_at_once_one_is_answered(requests):
    """Whoever comes second is told that the first one is being answered."""

    def begin(_):
        try:
            return requests.begin("toy", KEY, content=SENT)
        except InProgressError:
            return "in progress"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(map(str, pool.map(begin, range(4)))) == ["None", *["in progress"] * 3]
