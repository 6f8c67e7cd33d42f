"""The interface for programs, measured against what it calls, and a verification page against the bare framework; run by script/bench.

Issuing by API is measured against the same award through the service, both drawn in one process. The page is asked of a server of its
own, as is the bare one: a route of the framework that looks one row up in a database and fills a template.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import attrs
import httpx
from bench_issue import sealing_at_b_b
from mikrocert.accounts import Scope
from mikrocert.archive import init_archive
from mikrocert.award.canonical import award_to_json
from mikrocert.jobs import Worker
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.service.workforce import worker_name
from mikrocert.settings import FILE, Archive, IssueSettings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.award import Award
    from mikrocert.service.system import System

_PATIENCE = 600.0
_BARE = """
import sqlite3, sys
import uvicorn
from jinja2 import Template
from litestar import Litestar, get, Response
rows = sqlite3.connect(":memory:", check_same_thread=False)
rows.execute("CREATE TABLE credentials (identifier TEXT PRIMARY KEY, title TEXT)")
rows.executemany("INSERT INTO credentials VALUES (?, ?)", [(f"{n:012}", f"title {n}") for n in range(1000)])
page = Template("<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>" + "<p>{{ title }}</p>" * 50)
@get("/verify/{identifier:str}", sync_to_thread=True)
def verify(identifier: str) -> Response[str]:
    (title,) = rows.execute("SELECT title FROM credentials WHERE identifier = ?", (identifier,)).fetchone()
    return Response(page.render(title=title), media_type="text/html")
import socket
listening = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio asks for this number before it sends at once
listening.bind(("127.0.0.1", 0))
listening.listen()
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(Litestar([verify], openapi_config=None), log_level="error", http="h11", access_log=False)).run(sockets=[listening])
"""


@contextmanager
def _server(*command: str) -> Iterator[str]:
    """Yield the address of a server, which it prints first."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        if process.stdout is None:
            raise SystemExit(command)
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def _served(system: System, secret: str) -> Iterator[Callable[[bytes], str]]:
    """Yield what has an award issued by a server of its own and a worker here, and returns the identifier."""
    worker = Worker(system.queue, system.tasks, changes=system.batches.changes, name=worker_name())
    thread = Thread(target=worker.run)
    thread.start()
    with ExitStack() as stack:
        stack.callback(thread.join)
        stack.callback(worker.stop)
        from mikrocert_portal.app import create_app  # noqa: PLC0415
        from mikrocert_portal.config import PortalConfig  # noqa: PLC0415
        from mikrocert_portal.serving import listen, server  # noqa: PLC0415

        config = PortalConfig()
        listening = stack.enter_context(listen("127.0.0.1", 0))
        running = server(create_app(system, config=config), config=config)
        serving = Thread(target=running.run, kwargs={"sockets": [listening]})
        serving.start()
        stack.callback(serving.join)
        stack.callback(setattr, running, "should_exit", True)  # noqa: FBT003
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = stack.enter_context(httpx.Client(base_url=base, timeout=_PATIENCE))
        headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}

        def issue(content: bytes) -> str:
            answer = client.post("/api/v1/awards", content=content, headers=headers)
            if answer.status_code != 201:  # noqa: PLR2004
                raise SystemExit(answer.text)
            return answer.json()["identifier"]

        yield issue


def _in_turn(sides: dict[str, Callable[[int], object]], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            start = time.perf_counter()
            run(number)
            if number:
                times[name].append((time.perf_counter() - start) * 1000)
    return times


def issuing(rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds that one award takes through the service and by API."""
    settings = load_settings(Path(FILE))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/archive.sqlite"
        init_archive(url)
        changed = attrs.evolve(sealing_at_b_b(settings), archive=Archive(url), issue=IssueSettings(0))
        with open_system(changed) as system:
            records = system.read(Path("is-mu-2026.json").read_bytes(), institution="mu")
            award = next(record.award for record in records if record.award is not None)
            how = {"actor": "bench", "at": datetime.now(UTC)}
            system.accounts.add("mu", **how)
            secret = system.accounts.make_key("mu", scopes=Scope, **how).secret

            def numbered(side: str, number: int) -> Award:
                return attrs.evolve(award, evidence_number=f"{side}/{number}")

            def by_service(number: int) -> None:
                [result] = system.issue([IntakeRecord(1, award=numbered("S", number))], institution="mu")
                if result.receipt is None:
                    raise SystemExit(result.findings)

            with _served(system, secret) as issue:
                return _in_turn(
                    {
                        "issue an award through the service": by_service,
                        "issue an award by API": lambda number: issue(
                            strict_json.dumps(award_to_json(numbered("A", number))).encode()
                        ),
                    },
                    rounds,
                )


def pages(rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds that a verification page takes, and the bare framework's page with a look-up."""
    identifier = min(Path().glob("*.jsonld")).stem
    program = str(Path(sys.executable).with_name("mikrocert"))
    with (
        _server(sys.executable, "-c", _BARE) as bare,
        _server(program, "--config", FILE, "serve", "--port", "0") as portal,
        httpx.Client(timeout=_PATIENCE) as client,
    ):
        ours, theirs = f"{portal}/verify/{identifier}", f"{bare}/verify/{1:012}"

        def ask(address: str) -> None:
            client.get(address).raise_for_status()

        return _in_turn(
            {
                "a page of the bare framework with a look-up": lambda _: ask(theirs),
                "a verification page by identifier": lambda _: ask(ours),
                "a report by API": lambda _: ask(f"{portal}/api/v1/verify/{identifier}"),
            },
            rounds,
        )


def main() -> None:
    """Measure and print."""
    for times in (issuing(7), pages(100)):
        first = statistics.median(next(iter(times.values())))
        for name, values in times.items():
            median = statistics.median(values)
            last = statistics.quantiles(values, n=100)[-1]
            print(f"{name:<48} {median:9.1f} ms   p99 {last:9.1f} ms   {median / first:6.2f} ×")
        print()


if __name__ == "__main__":
    main()
