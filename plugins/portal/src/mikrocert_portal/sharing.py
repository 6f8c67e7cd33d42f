"""What all workers know together: answers about uploads, who asked for wrong identifiers or called how often, who is signed in."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import contextmanager
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs

from mikrocert_portal.answers import Answers, FileAnswer
from mikrocert_portal.api.limiting import Quota
from mikrocert_portal.desk.sessions import Session
from mikrocert_portal.guarding import Guard
from mikrocert_portal.sign_in.sessions import Sessions
from mikrocert_portal.wallet.sessions import HolderSession

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from mikrocert.api import Statement

    from mikrocert_portal.config import Limits
    from mikrocert_portal.many.table import Table

__all__ = ["Shared", "sharing"]

_SECRET_OCTETS = 32
_OF_ANSWERS = ("keep", "get")
_OF_STATEMENTS = ("take", "give_back")
_OF_SESSIONS = ("begin", "find", "end")


@attrs.frozen
class Shared:
    """What all workers know together.

    Args:
        answers: answers about uploads.
        tables: answers about many files at once.
        given: statements that were given a short time ago.
        statements: who was given how many.
        guard: who asked for wrong identifiers how often.
        sessions: who is signed in to the desk.
        holders: who is signed in to a wallet.
        quota: who called the interface for programs how often.
    """

    answers: Answers[FileAnswer]
    tables: Answers[Table]
    given: Answers[Statement]
    statements: Quota
    guard: Guard
    sessions: Sessions[Session]
    holders: Sessions[HolderSession]
    quota: Quota

    @classmethod
    def of(cls, limits: Limits) -> Shared:
        """Return what one process keeps for itself.

        Args:
            limits: how much of it there is.
        """
        return cls(
            Answers(octets=limits.answers_octets, seconds=60 * limits.answer_minutes),
            Answers(octets=limits.answers_octets, seconds=60 * limits.answer_minutes),
            Answers(octets=limits.answers_octets, seconds=60 * limits.answer_minutes),
            Quota(calls=limits.statements, seconds=limits.statement_seconds, clients=limits.clients),
            Guard(misses=limits.misses, seconds=limits.miss_seconds, clients=limits.clients),
            _sessions(limits),
            _sessions(limits),
            Quota(calls=limits.calls, seconds=limits.calls_seconds, clients=limits.clients),
        )


def _sessions(limits: Limits) -> Sessions[Any]:
    return Sessions(
        most=limits.sessions, seconds=60 * limits.session_minutes, idle_seconds=60 * limits.idle_minutes
    )


class _Server(BaseManager):
    """Keeps it, in a process of its own."""


class _Client(BaseManager):
    """Asks for it, in each worker."""


_Client.register("answers", exposed=_OF_ANSWERS)
_Client.register("tables", exposed=_OF_ANSWERS)
_Client.register("given", exposed=_OF_ANSWERS)
_Client.register("statements", exposed=_OF_STATEMENTS)
_Client.register("guard", exposed=("miss",))
_Client.register("sessions", exposed=_OF_SESSIONS)
_Client.register("holders", exposed=_OF_SESSIONS)
_Client.register("quota", exposed=("take",))


@contextmanager
def sharing(limits: Limits) -> Generator[tuple[Callable[[], None], Callable[[], Shared]]]:
    """Give what keeps it, to be called in a process of its own, and what each worker calls to share it.

    Only processes that are copies of this one can: they talk over a socket in a folder that is the user's own, and know a secret.

    Args:
        limits: how much of it there is, for all workers together.
    """
    kept = Shared.of(limits)
    with tempfile.TemporaryDirectory(prefix="mikrocert-") as folder:
        address, secret = str(Path(folder, "shared")), secrets.token_bytes(_SECRET_OCTETS)

        class Server(_Server):
            pass

        Server.register("answers", callable=lambda: kept.answers, exposed=_OF_ANSWERS)
        Server.register("tables", callable=lambda: kept.tables, exposed=_OF_ANSWERS)
        Server.register("given", callable=lambda: kept.given, exposed=_OF_ANSWERS)
        Server.register("statements", callable=lambda: kept.statements, exposed=_OF_STATEMENTS)
        Server.register("guard", callable=lambda: kept.guard, exposed=("miss",))
        Server.register("sessions", callable=lambda: kept.sessions, exposed=_OF_SESSIONS)
        Server.register("holders", callable=lambda: kept.holders, exposed=_OF_SESSIONS)
        Server.register("quota", callable=lambda: kept.quota, exposed=("take",))
        server: Any = Server(address, secret).get_server()

        def join() -> Shared:
            client: Any = _Client(address, secret)
            client.connect()
            return Shared(
                cast("Answers[FileAnswer]", client.answers()),
                cast("Answers[Table]", client.tables()),
                cast("Answers[Statement]", client.given()),
                cast("Quota", client.statements()),
                cast("Guard", client.guard()),
                cast("Sessions[Session]", client.sessions()),
                cast("Sessions[HolderSession]", client.holders()),
                cast("Quota", client.quota()),
            )

        try:
            yield server.serve_forever, join
        finally:
            server.listener.close()
