"""Several processes behind one socket: they replace each other, end in good order, and know together what one of them learnt."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest
from mikrocert.archive import init_archive

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="workers are looked for in /proc"),
]

PATIENCE = 100
IDENTIFIER = "K7mQx4Rt9bHz"

get, post = partial(httpx.get, timeout=PATIENCE), partial(httpx.post, timeout=PATIENCE)


def wait_for(condition):
    """Ask again and again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline
    return answer


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mikrocert.toml").write_text(
        'base_url = "http://127.0.0.1:8000"\nrenderer = "none"\n'
        "[plugins]\nallow = ['mikrocert', 'mikrocert-portal']\n"
        "[commands.serve]\nport = 0\nworkers = 2\nlimits = { misses = 3, miss_seconds = 10000, unknown_seconds = 0 }\n",
        encoding="utf-8",
    )
    init_archive(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    return tmp_path


@contextmanager
def serving(folder, *arguments):
    """Run the command; give its process and its address."""
    program = [
        sys.executable,
        "-c",
        "from mikrocert.cli import main; main()",
        "--config",
        folder / "mikrocert.toml",
    ]
    process = subprocess.Popen(
        [*program, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def children(pid):
    """Return the processes that a process started and that still are."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_alive(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def supervisor_of(process):
    """Return the process that supervises: the command's answer is given by a child (see `cli.completion`)."""
    (supervisor,) = children(process.pid)
    return supervisor


def workers_of(supervisor):
    """Return the processes that serve: those that listen and have processes of their own."""
    return [pid for pid in children(supervisor) if len(children(pid)) > 1]


def test_a_worker_that_was_killed_is_replaced_and_all_end_in_good_order(folder):
    """Whoever asks is served before and afterwards; told to stop, nothing of it is left."""
    with serving(folder) as (process, address):
        supervisor = supervisor_of(process)
        first = wait_for(lambda: len(found := workers_of(supervisor)) == 2 and found)
        everything = [pid for one in [supervisor, *children(supervisor)] for pid in (one, *children(one))]
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len({*workers_of(supervisor)} - {first[0]}) == 2)
        assert {get(f"{address}/livez").status_code for _ in range(20)} == {200}
        process.terminate()
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert stdout == ""
    assert stderr.splitlines()[1:] == ["a worker ended with exit code -9; another one takes its place"]
    wait_for(lambda: not any(map(is_alive, everything)))


@pytest.mark.parametrize("who", ["supervisor", "what workers share"])
def test_workers_end_with_what_they_need(folder, who):
    """No worker stays behind alone, whatever ended the process that supervises them or keeps what they share."""
    with serving(folder) as (process, _):
        supervisor = supervisor_of(process)
        wait_for(lambda: len(workers_of(supervisor)) == 2)
        everything = children(supervisor)
        helper = next(pid for pid in everything if pid not in workers_of(supervisor))
        os.kill(supervisor if who == "supervisor" else helper, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert process.returncode not in {0, None}
        wait_for(lambda: not any(map(is_alive, everything)))


def test_what_is_being_answered_when_it_is_told_to_stop_is_answered(folder):
    """New connections are refused, and an upload that is on its way gets its answer."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n{}\r\n--x--\r\n'
    head = (
        "POST /verify HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with serving(folder) as (process, address):
        place = ("127.0.0.1", int(address.rpartition(":")[2]))
        with closing(socket.create_connection(place, timeout=PATIENCE)) as connection:
            connection.sendall(head.encode() + body[:-4])
            assert get(f"{address}/livez").status_code == 200  # by now somebody has accepted it
            process.terminate()

            def refused():
                try:
                    socket.create_connection(place, timeout=PATIENCE).close()
                except (ConnectionRefusedError, ConnectionResetError):
                    return True

            wait_for(refused)
            connection.sendall(body[-4:])
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        process.communicate(timeout=PATIENCE)
    assert answer.startswith(b"HTTP/1.1 422")
    assert answer.rstrip().endswith(b"</html>")
    assert process.returncode == 0


def test_what_one_worker_learnt_all_know(folder):
    """An answer about an upload can be read whichever worker is asked, and wrong identifiers count together."""
    with serving(folder, "--workers", "3") as (_, address), ThreadPoolExecutor(8) as pool:
        page = post(f"{address}/verify", files={"file": ("a", b"{}")})
        kept = page.text.partition("/answer/")[2].partition("?")[0].partition('"')[0]
        statuses = [answer.status_code for answer in pool.map(get, [f"{address}/answer/{kept}"] * 24)]
        assert set(statuses) == {422}
        misses = [one.status_code for one in pool.map(get, [f"{address}/verify/{IDENTIFIER}"] * 24)]
        assert sorted(misses) == [404] * 3 + [429] * 21


def test_calls_of_all_workers_are_bounded_together(folder):
    """The interface grants so many to an address, and not so many a worker; and they are measured together, too."""
    settings = folder / "mikrocert.toml"
    text = settings.read_text(encoding="utf-8").replace("misses = 3", "misses = 3, calls = 5")
    settings.write_text(f"{text}\n[metrics]\nport = 0\n", encoding="utf-8")
    with serving(folder, "--workers", "3") as (process, address), ThreadPoolExecutor(8) as pool:
        process.stderr.readline()
        metrics = process.stderr.readline().removeprefix("mikrocert: ").strip()
        path = f"{address}/api/v1/report.schema.json"
        statuses = [one.status_code for one in pool.map(get, [path] * 24)]
        assert sorted(statuses) == [200] * 5 + [429] * 19
        lines = get(metrics).text.splitlines()
    route = 'mikrocert_requests_total{method="GET",route="/api/v1/report.schema.json",status='
    assert {line for line in lines if line.startswith(route)} == {
        f'{route}"200"}} 5.0',
        f'{route}"429"}} 19.0',
    }


def test_what_all_workers_do_is_counted_together(folder):
    """Prometheus asks at one port, whichever worker answered; what a lost worker counted is not lost."""
    with (folder / "mikrocert.toml").open("a", encoding="utf-8") as settings:
        settings.write("[metrics]\nport = 0\n")
    with serving(folder) as (process, address), ThreadPoolExecutor(8) as pool:
        process.stderr.readline()
        metrics = process.stderr.readline().removeprefix("mikrocert: ").strip()
        supervisor = supervisor_of(process)
        first = wait_for(lambda: len(found := workers_of(supervisor)) == 2 and found)
        assert len(list(pool.map(get, [f"{address}/livez"] * 20))) == 20
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len({*workers_of(supervisor)} - {first[0]}) == 2)
        assert len(list(pool.map(get, [f"{address}/livez"] * 20))) == 20
        lines = get(metrics).text.splitlines()
    counted = [line for line in lines if line.startswith("mikrocert_requests_total")]
    assert counted == ['mikrocert_requests_total{method="GET",route="/livez",status="200"} 40.0']
    assert "mikrocert_archive_credentials 0.0" in lines


def test_requests_and_lost_workers_are_told_by_all_in_lines(folder):
    """Where settings want logs for programs, each line of all processes is an event, and each request is one."""
    with (folder / "mikrocert.toml").open("a", encoding="utf-8") as settings:
        settings.write('[logs]\nformat = "json"\n')
    with serving(folder) as (process, address), ThreadPoolExecutor(8) as pool:
        supervisor = supervisor_of(process)
        first = wait_for(lambda: len(found := workers_of(supervisor)) == 2 and found)
        assert len(list(pool.map(get, [f"{address}/verify/{IDENTIFIER}"] * 40))) == 40
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len({*workers_of(supervisor)} - {first[0]}) == 2)
        process.terminate()
        _, stderr = process.communicate(timeout=PATIENCE)
    events = [json.loads(line) for line in stderr.splitlines()[1:]]
    assert [one["route"] for one in events if one["event"] == "request"] == ["/verify/{identifier}"] * 40
    assert [one["event"] for one in events if one["level"] == "warning"] == [
        "a worker ended with exit code -9; another one takes its place"
    ]
    assert IDENTIFIER not in stderr


def test_a_worker_that_can_not_serve_is_told(folder, tmp_path):
    """Where workers end before they serve, the command ends, with an exit code that is none of success."""
    program = """
        import os, sys
        from mikrocert_portal.workers import Supervisor

        Supervisor(lambda serving: os._exit(9), number=2, stop_seconds=1).run(on_ready=print, on_stop=lambda: None)
    """
    import textwrap

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "a worker ended with exit code 9 before it could serve" in done.stderr


# Whether it lives and can serve


READY = {
    "everything": ({"archive": True, "objects": True, "plugins": True}, 200, {"ready": True, "unready": []}),
    "no archive": ({"plugins": True, "archive": False}, 503, {"ready": False, "unready": ["archive"]}),
    "two of three": (
        {"plugins": False, "objects": True, "archive": False},
        503,
        {"ready": False, "unready": ["archive", "plugins"]},
    ),
}


@pytest.mark.parametrize(("parts", "status", "answer"), READY.values(), ids=READY)
def test_whether_it_can_serve_is_told_by_part(system, parts, status, answer):
    """Programs learn which part is missing and nothing else; that it lives is another question; neither is kept anywhere."""
    from litestar.testing import TestClient
    from mikrocert_portal.app import create_app

    system.parts = {name: partial(bool, there) for name, there in parts.items()}
    with TestClient(create_app(system), base_url="https://mikrocertifikat.cz") as client:
        ready, lives = client.get("/readyz"), client.get("/livez")
    assert (ready.status_code, ready.json()) == (status, answer)
    assert (lives.status_code, lives.text) == (200, "alive\n")
    assert {answer.headers["cache-control"] for answer in (ready, lives)} == {"no-store"}


def test_a_part_that_does_not_answer_is_not_there_and_hides_no_other(system, monkeypatch):
    """Whoever waits for an object store learns that this is what is missing, and not the database."""
    from litestar.testing import TestClient
    from mikrocert_portal.app import create_app

    over = threading.Event()
    monkeypatch.setattr("mikrocert_portal.health._PATIENCE_SECONDS", 0.1)
    system.parts = {"archive": lambda: True, "objects": over.wait}
    try:
        with TestClient(create_app(system), base_url="https://mikrocertifikat.cz") as client:
            answer = client.get("/readyz").json()
    finally:
        over.set()
    assert answer == {"ready": False, "unready": ["objects"]}


def test_jobs_are_not_done_beside_several_processes(folder):
    """It is an error of the settings that says what would be right, before anything is served."""
    toml = folder / "mikrocert.toml"
    toml.write_text(
        toml.read_text("utf-8").replace("port = 0\n", "port = 0\njobs = true\n"), encoding="utf-8"
    )
    with serving(folder) as (process, address):
        assert address == ""
        assert process.wait(PATIENCE) == 78
        assert "`mikrocert work` would be right" in process.stderr.read()


def test_who_is_signed_in_is_known_to_all_workers(new_python):
    """A session that begins in one is found in another, and ends in all."""
    printed = new_python("""
        import multiprocessing
        from mikrocert_portal.config import Limits
        from mikrocert_portal.desk.sessions import Session
        from mikrocert_portal.sharing import sharing

        session = Session("https://login.example.cz", "a", "person a", "mu", frozenset({"read"}), "Ř")
        with sharing(Limits()) as (keep, join):
            keeper = multiprocessing.get_context("fork").Process(target=keep, daemon=True)
            keeper.start()
            one, other = join(), join()
            name = one.sessions.begin(session)
            print(other.sessions.find(name) == session)
            other.sessions.end(name)
            print(one.sessions.find(name))
            keeper.kill()
    """)
    assert printed.split() == ["True", "None"]
