"""A database that goes away and comes back: who asks meanwhile is told so, who asks later notices nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from mikrocert.errors import ArchiveError
from sqlalchemy import select

IDENTIFIER = "aaaaBBBB2222"


@pytest.fixture
def cut(databases):
    """Return what ends all connections to both databases, as a restart of the server does."""
    return databases.cut


def test_connections_that_were_cut_cost_nobody_an_error(postgresql_urls, cut, made):
    """However many there were: what is asked next is answered."""
    with postgresql_urls.open() as archive:
        archive.record(made.new(IDENTIFIER))
        together = Barrier(5)

        def find(_):
            together.wait()
            return archive.find(IDENTIFIER).holder

        with ThreadPoolExecutor(5) as pool:
            for _ in range(3):
                assert list(pool.map(find, range(5))) == ["Jiří Ďurůš"] * 5
                cut()


def test_a_connection_cut_while_it_is_used_is_an_error_of_the_archive(postgresql_urls, cut, made):
    """Neither the database's nor the library's own error comes out, and the next one is answered."""
    with postgresql_urls.open() as archive:
        archive.record(made.new(IDENTIFIER))

        def read():
            with archive._database.reading() as reading:
                cut()
                reading.execute(select(1))

        def write():
            with archive.unit() as unit:
                cut()
                unit.find(IDENTIFIER)

        for deed, fault in ((read, "the archive can't be read"), (write, "the archive can't be written")):
            with pytest.raises(ArchiveError, match=fault):
                deed()
        assert archive.find(IDENTIFIER).holder == "Jiří Ďurůš"
