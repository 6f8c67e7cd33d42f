"""Every query has its index: what the archive asks costs the same however many credentials there are."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import pairwise

from mikrocert.archive import JournalEntry, ListedState, Topic
from mikrocert.archive.tables import archive_metadata, key_metadata
from mikrocert.award.identifiers import new_identifier
from mikrocert.report import FileKind
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

LIVE, OLD, REVOKED, NEWEST = "K7mQx4Rt9bHz", "aaaaBBBB2222", "ccccDDDD4444", "hhhhJJJJ8888"

OF_ONE_ROW = {"owner", "name_secret"}
OF_FEW_ROWS = {"statistics"}  # one for each institution, month, kind, type and fields
_SCAN = re.compile(r"SCAN (\w+)(\b USING (?:COVERING )?INDEX)?")
_NODE = re.compile(r"(Seq|Index|Index Only) Scan\b.*? on (\w+)")
TABLES = {*archive_metadata.tables, *key_metadata.tables}


def everything(archive, made, fill):
    """Do everything that can be done with an archive, save what reads it as a whole."""
    fill(archive)
    first = archive.registrations(limit=2)[0]
    wanted = {"since": made.at, "until": made.at}
    archive.registrations(institution="toy", after=first, limit=2, **wanted)
    archive.registrations(after=first, limit=2, **wanted)
    for state in (None, *ListedState):
        archive.credentials(state=state, limit=2)
        archive.credentials(state=state, institution="toy", after=LIVE, limit=2, **wanted)
    archive.credentials_of("Jiří Ďurůš", limit=2)
    archive.credentials_of("Jiří Ďurůš", institution="toy", after=LIVE, limit=2)
    archive.versions("2")
    archive.statistics(institution="toy", since="2026-01", until="2027-01")
    archive.without_topic(limit=2)
    archive.find(LIVE)
    archive.find_award("toy", "2")
    archive.holdings(LIVE)
    archive.file(LIVE, FileKind.CREDENTIAL, edition=1)
    archive.files(LIVE)
    archive.history(OLD)
    archive.last_event()
    archive.last_event(by=made.at)
    archive.made_since(made.at)
    archive.journalled("toy", "5", award=b"pending")
    archive.journal([JournalEntry("eeeeFFFF6666", "toy", FileKind.CERTIFICATE, b"octets")])
    archive.reserve(made.registration(NEWEST, evidence_number="8"), award=b"award")
    archive.record(made.new(NEWEST, evidence_number="8"))
    with archive.unit() as unit:
        unit.note_topic(NEWEST, Topic("Zpracování dat"))
        unit.add_head(b"note", size=1, at=made.at)
    with archive.log() as log:
        log.entries(0, 5)
        log(1, 0, 0)
        log.newest_heads(min_size=1, max_size=5)
        log.head(1)


@contextmanager
def asked():
    """Collect every statement that is executed, with its parameters, by the URL of the database."""
    statements = {}

    def note(connection, _cursor, statement, parameters, _context, executemany):
        known = statements.setdefault(connection.engine.url, {})
        known.setdefault(statement, parameters[0] if executemany and parameters else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def plans(statements):
    """Yield each statement that reads, with how the database goes about it."""
    for url, found in statements.items():
        engine = create_engine(url)
        sqlite = engine.dialect.name == "sqlite"
        with engine.connect() as connection:
            if not sqlite:
                connection.exec_driver_sql("SET enable_seqscan = off")
            for statement, parameters in found.items():
                if (
                    statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))
                    and "advisory" not in statement
                ):
                    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
                    rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
                    yield statement, "\n".join(str(row[-1]) for row in rows)
        engine.dispose()


def scanned(statement, plan):
    """Return the tables that are read as a whole."""
    if re.search(r"ORDER BY events\.number DESC\s+LIMIT", statement):
        return set()  # the last row of the table, which is in this order
    ordered = "LIMIT" in statement  # then the index is read only as far as the page is long
    scans = {table for table, index in _SCAN.findall(plan) if not (index and ordered)}
    for node in plan.split("->"):  # of PostgreSQL
        for kind, table in _NODE.findall(node):
            if kind == "Seq" or ("Index Cond" not in node and not ordered):
                scans.add(table)
    return {re.sub(r"_\d+$", "", name) for name in scans} & TABLES - OF_ONE_ROW - OF_FEW_ROWS


def test_no_query_reads_a_table_as_a_whole(archive, made, fill):
    """Neither of the archive nor of its keys."""
    with asked() as statements:
        everything(archive, made, fill)
    found = list(plans(statements))
    assert len(found) > 40
    wrong = [(statement, plan) for statement, plan in found if scanned(statement, plan)]
    assert wrong == []


def test_a_query_without_an_index_is_found(archive, urls, made, fill, execute):
    """By how the database goes about it, whichever it is."""
    fill(archive)
    execute(urls.archive, "DROP INDEX events_by_identifier")
    with asked() as statements:
        archive.history(LIVE)
    assert any(scanned(statement, plan) == {"events"} for statement, plan in list(plans(statements)))


def test_pages_of_every_size_are_asked_for_as_often(archive, made):
    """A page costs as many statements as any other, however many credentials are on it."""
    costs = []
    for count in (1, 20):
        for identifier in (new_identifier() for _ in range(count)):
            archive.record(made.new(identifier, evidence_number=identifier))
        with asked() as statements:
            assert len(archive.credentials(limit=count)) == count
        costs.append(sum(map(len, statements.values())))
    assert all(one == other for one, other in pairwise(costs))
