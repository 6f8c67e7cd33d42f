"""What takes long to make is made once and kept while there is room."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.service.cache import OctetCache


def test_what_many_ask_for_at_once_is_made_once():
    """All get the very same octets; what is made for one key keeps nobody waiting who asks for another."""
    kept, asked, made, calls = OctetCache(100), Event(), Event(), []

    def make():
        calls.append(1)
        asked.set()
        made.wait()
        return b"picture"

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(kept.get, "a", make) for _ in range(8)]
        asked.wait()
        assert kept.get("b", lambda: b"another") == b"another"
        made.set()
        assert {answer.result() for answer in answers} == {b"picture"}
    assert calls == [1]
    assert kept.get("a", make) == b"picture"
    assert calls == [1]


def test_an_error_is_told_to_all_and_not_kept():
    """Who waits gets it as well; the next one tries again."""
    kept, together = OctetCache(100), Barrier(2)

    def fail():
        together.wait()
        raise ValueError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "a", fail)
        together.wait()
        with pytest.raises(ValueError):
            first.result()
    assert kept.get("a", lambda: b"picture") == b"picture"


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=60))
def test_no_more_is_kept_than_there_is_room_for(asked):
    """Whatever is asked for in whatever order; what was asked for last stays longest."""
    kept, order = OctetCache(100), {}
    for key, size in asked:
        octets = order.pop(key, b"x" * size)
        order[key] = octets
        assert kept.get(key, lambda octets=octets: octets) == octets
        while sum(map(len, order.values())) > 100:
            del order[next(iter(order))]

    def missing():
        raise LookupError

    for key, octets in order.items():
        assert kept.get(key, missing) == octets
