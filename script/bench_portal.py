"""The portal under load, on loopback: a verification page beside the page of the bare framework with a look-up in the database.

`wrk` asks, a public load tool, for some seconds and over a few connections; both sides run in turn, so that only their ratio counts. Then the same
while files are being judged that were uploaded, and the memory of a worker over many requests. Run by `script/bench portal` in build/demo.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import textwrap
import threading
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE = """
    import sqlite3
    from litestar import Litestar, Response, get
    from litestar.params import FromPath

    DATABASE = sqlite3.connect("file:archive.sqlite?mode=ro", uri=True, check_same_thread=False)
    PAGE = "<!DOCTYPE html><html><body>%s</body></html>" % ("<p>" + "x" * 100 + "</p>") * 80

    @get("/verify/{identifier:str}", sync_to_thread=False)
    def page(identifier: FromPath[str]) -> Response[str]:
        found = DATABASE.execute("SELECT issued_at FROM awards WHERE identifier = ?", (identifier,)).fetchone()
        return Response(PAGE if found else "", media_type="text/html", status_code=200 if found else 404)

    if __name__ == "__main__":
        import socket, uvicorn

        with socket.socket(proto=socket.IPPROTO_TCP) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(2048)
            print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
            config = uvicorn.Config(
                Litestar([page], openapi_config=None, logging_config=None),
                http="h11", log_config=None, access_log=False, lifespan="off",
            )
            uvicorn.Server(config).run(sockets=[listening])
"""


@attrs.frozen
class Load:
    """What a load tool measured.

    Args:
        rate: answers a second.
        p50: median of the time that an answer took, in milliseconds.
        p99: the time within which 99 of 100 came, in milliseconds.
        bad: answers with another status than 2xx or 3xx, and connections that failed.
    """

    rate: float
    p50: float
    p99: float
    bad: int


def load(url: str, *, seconds: int, connections: int) -> Load:
    """Ask for a page again and again."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
    bad += sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), _at(said, 50), _at(said, 99), bad)  # type: ignore[index]


def _at(said: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)\s*$", said, re.MULTILINE)
    if found is None:  # nothing was answered at all
        return math.inf
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


@contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server; give its process and its address, the first line that it prints."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process, (process.stdout.readline() if process.stdout else "").strip()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def uploading(address: str, file: Path, *, at_once: int) -> Iterator[list[int]]:
    """Upload a file again and again meanwhile; give how long the list is for each answer."""
    answers: list[int] = []
    done = threading.Event()
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + file.read_bytes()
        + b"\r\n--x--\r\n"
    )

    def ask_on() -> None:
        while not done.is_set():
            request = urllib.request.Request(  # noqa: S310 - our own server
                f"{address}/verify", body, {"Content-Type": "multipart/form-data; boundary=x"}
            )
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                answer.read()
                answers.append(answer.status)

    threads = [threading.Thread(target=ask_on, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join()


def megabytes(process: int) -> dict[int, float]:
    """Return the resident memory of a process and of those that it forked to serve, by number."""
    found: dict[int, float] = {}
    for one in (process, *_children(process)):
        status = Path(f"/proc/{one}/status").read_text(encoding="ascii")
        found[one] = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    return found


def _children(process: int) -> list[int]:
    return [
        int(one)
        for one in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    ]


def main() -> None:
    """Measure, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--requests",
        type=int,
        default=100_000,
        help="requests over which memory is measured; 0 leaves it out",
    )
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed (apt-get install wrk)")
    how = {"seconds": options.seconds, "connections": options.connections}
    with closing(sqlite3.connect("archive.sqlite")) as database:
        (identifier,) = database.execute(
            "SELECT identifier FROM awards ORDER BY issued_at LIMIT 1"
        ).fetchone()
    Path("bare.py").write_text(textwrap.dedent(BARE), encoding="utf-8")
    serve = (
        str(Path(sys.executable).with_name("mikrocert")), "--config", "mikrocert.toml",
        "serve", "--port", "0", "--workers", str(options.workers),
    )  # fmt: skip
    with running(sys.executable, "bare.py") as (_, bare), running(*serve) as (process, portal):
        measured: dict[str, list[Load]] = {"bare framework": [], "page": [], "page beside uploads": []}
        (serving,) = _children(process.pid)
        for url in (bare, portal):  # what is loaded once is loaded by now
            load(f"{url}/verify/{identifier}", **how)
        for _ in range(options.rounds):
            measured["bare framework"].append(load(f"{bare}/verify/{identifier}", **how))
            measured["page"].append(load(f"{portal}/verify/{identifier}", **how))
            with uploading(portal, Path(f"{identifier}.jsonld"), at_once=2) as answers:
                measured["page beside uploads"].append(load(f"{portal}/verify/{identifier}", **how))
            print(f"  uploads judged meanwhile: {len(answers)}")
        print()
        reference = statistics.median(one.rate for one in measured["bare framework"])
        for name, loads in measured.items():
            rate = statistics.median(one.rate for one in loads)
            p50, p99 = (statistics.median(getattr(one, member) for one in loads) for member in ("p50", "p99"))
            bad = sum(one.bad for one in loads)
            print(
                f"{name:<20} {rate:8.0f}/s  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  bare ÷ it {reference / rate if rate else math.inf:5.1f}  bad {bad}"
            )
        asked, before = 0.0, megabytes(serving)
        while asked < options.requests:
            asked += load(f"{portal}/verify/{identifier}", **how).rate * options.seconds
        if options.requests:
            after = megabytes(serving)
            for one in before.keys() & after.keys():
                print(
                    f"memory of {one} over {asked:.0f} requests: {before[one]:.0f} MB, then {after[one]:.0f} MB"
                )


if __name__ == "__main__":
    main()
