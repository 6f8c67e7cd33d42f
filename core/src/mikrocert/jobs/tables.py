"""The tables of jobs and of batches, in the archive's database, as the newest migration leaves them.

They are no part of what the archive keeps for good: rows change and go.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Text

from mikrocert.archive.tables import Moment, Number, Octets, Words

__all__ = ["batch_pieces", "batch_results", "batches", "jobs", "outbox", "sent_requests", "webhooks"]

_metadata = MetaData()

jobs = Table(
    "jobs",
    _metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("task", Words(100), nullable=False),
    Column("arguments", Text, nullable=False),  # JSON
    Column("key", Words(200), nullable=True),
    Column("precedence", Number, nullable=False),
    Column("at", Moment, nullable=True),  # none: at once
    Column("attempts", Number, nullable=False),
    Column("worker", Words(200), nullable=True),  # none: it waits
    Column("until", Moment, nullable=True),  # the lease
    Column("fault", Words(200), nullable=True),  # class and place of the last error, never its words
    Column("given_up_at", Moment, nullable=True),
)

batches = Table(
    "batches",
    _metadata,
    Column("id", Words(12), primary_key=True),
    Column("institution", Words(100), nullable=False),
    Column("state", Words(20), nullable=False),
    Column("actor", Words(200), nullable=False),
    Column("options", Text, nullable=False),  # JSON
    Column("reason", Octets, nullable=True),  # ciphertext
    Column("digest", Words(64), nullable=True),  # HMAC of what was sent, until it has ended
    Column("accepted_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
    Column("forgotten_at", Moment, nullable=True),
    Column("total", Number, nullable=True),
    Column("issued", Number, nullable=False),
    Column("repeated", Number, nullable=False),
    Column("passed", Number, nullable=False),
    Column("refused", Number, nullable=False),
    Column("findings", Octets, nullable=True),  # ciphertext
)

batch_pieces = Table(
    "batch_pieces",
    _metadata,
    Column("batch", Words(12), primary_key=True),
    Column("number", Number, primary_key=True),  # 0: an export as it came
    Column("first", Number, nullable=False),  # how many records are before
    Column("line", Number, nullable=False),  # how many lines are before
    Column("records", Number, nullable=False),
    Column("octets", Octets, nullable=True),  # ciphertext; none: they are in piece 0
    Column("done", Boolean, nullable=False),
)

batch_results = Table(
    "batch_results",
    _metadata,
    Column("batch", Words(12), primary_key=True),
    Column("number", Number, primary_key=True),
    Column("refused", Boolean, nullable=False),
    Column("octets", Octets, nullable=False),  # ciphertext
)

webhooks = Table(
    "webhooks",
    _metadata,
    Column("id", Words(12), primary_key=True),
    Column("institution", Words(100), nullable=False),
    Column("url", Words(2000), nullable=False),
    Column("kinds", Text, nullable=False),  # JSON
    Column("secret", Octets, nullable=False),  # ciphertext
    Column("made_at", Moment, nullable=False),
    Column("last", BigInteger, nullable=False),  # number of what it was told last
    Column("failures", Number, nullable=False),
    Column("fault", Words(200), nullable=True),
    Column("stopped_at", Moment, nullable=True),
)

outbox = Table(
    "outbox",
    _metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", Words(40), nullable=False),
    Column("institution", Words(100), nullable=False),
    Column("kind", Words(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),  # JSON, with nothing personal
)

sent_requests = Table(
    "sent_requests",
    _metadata,
    Column("institution", Words(100), primary_key=True),
    Column("key", Words(64), primary_key=True),  # hash of what its sender calls it
    Column("digest", Words(64), nullable=False),  # HMAC of what was sent, with what its sender calls it
    Column("begun_at", Moment, nullable=False),
    Column("batch", Words(12), nullable=True),  # none: it is being answered
)
