"""The portal behind a real socket: what a browser never sends, logs, proxies, the command."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from threading import Event
from unittest.mock import Mock, call

import httpx
import pytest
import uvicorn
from mikrocert.archive import init_archive
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.pages import Pages
from mikrocert_portal.protocol import Bounds, Refusals, bounded
from mikrocert_portal.serving import LoopFaults, listen
from uvicorn.server import ServerState

pytestmark = pytest.mark.system

PATIENCE = 100  # seconds after which a wait has failed; less than an upload may take

IDENTIFIER = "K7mQx4Rt9bHz"

get, post = partial(httpx.get, timeout=PATIENCE), partial(httpx.post, timeout=PATIENCE)


def wait_for(condition):
    """Ask again and again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def portal(run_portal):
    limits = Limits(upload_megabytes=1, uploads_megabytes=1, misses=3, unknown_seconds=0)
    return run_portal(config=PortalConfig(limits=limits))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_small_answers_go_at_once(host):
    """No answer waits for the acknowledgement of what was sent before it, which takes up to 40 ms."""
    no_delay = []

    def connected(_, writer):
        no_delay.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def connect():
        with listen(host, 0) as listening:
            server = await asyncio.start_server(connected, sock=listening)
            async with server:
                reader, writer = await asyncio.open_connection(*listening.getsockname()[:2])
                assert await reader.read() == b""
                writer.close()

    try:
        socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        pytest.skip(f"{host} is no address of this machine")
    asyncio.run(connect())
    assert no_delay == [1]


def raw(portal, *pieces):
    """Send octets as they are and read the answer."""
    with closing(socket.create_connection(("127.0.0.1", portal.port), timeout=PATIENCE)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


END = b"Host: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(
            b"GET /?lang=cs HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n" + END, 431, id="20 kB of headers"
        ),
        pytest.param(b"GET /verify/\xc5\x99 HTTP/1.1\r\n" + END, 400, id="address not in ASCII"),
        pytest.param(b"GET /verify/%c5%99 HTTP/1.1\r\n" + END, 404, id="address with escapes"),
        pytest.param(b"GET /\x00 HTTP/1.1\r\n" + END, 400, id="zero octet"),
        pytest.param(b"PATCH / HTTP/1.1\r\n" + END, 405, id="unusual method"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, 431, id="100 kB of headers"),
        pytest.param(b"nonsense\r\n\r\n", 400, id="no HTTP"),
    ],
)
def test_requests_that_no_browser_sends_are_refused(portal, request_, status):
    """A strange request gets an error status and a page of ours, and the server goes on."""
    answer = raw(portal, request_)
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    assert b"Traceback" not in answer
    assert b"</html>" in answer
    assert get(portal.url).status_code == 200


def problem_in(answer, status):
    """Return the problem that an answer is, as it came over the wire."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    assert b"content-type: application/problem+json" in head.lower()
    told = json.loads(body)
    assert told["status"] == status
    return told


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        pytest.param(b"GET /api/v1/verify/\xc5\x99 HTTP/1.1\r\n" + END, 400, "bad-request", id="not ASCII"),
        pytest.param(b"GET /api/v1 HTTP/7\r\n" + END, 400, "bad-request", id="the root, another HTTP"),
        pytest.param(b"POST /api/v1/awards?dry_run=true HTTP/1.1\r\n(: x\r\n\r\n", 400, "bad-request", id="no header field"),
        pytest.param(b"GET /api/v1/docs HTTP/1.1\r\nX: " + b"x" * 100_000, 431, "headers-too-large", id="100 kB of headers"),
    ],
)  # fmt: skip
def test_programs_are_refused_by_problems_before_anybody_is_asked(portal, request_, status, code):
    """What is no request gets a problem where programs ask, in pieces too, and a page everywhere else."""
    for pieces in ((request_,), (request_[:9], request_[9:])):
        told = problem_in(raw(portal, *pieces), status)
        assert told["code"] == code
        assert told["type"].endswith(f"/api/v1/docs#{code}")
    for other in (b"/", b"/api/v10", b"/verify/api/v1/x"):
        elsewhere = re.sub(rb"/api/v1\S*", other, request_, count=1)
        answer = raw(portal, elsewhere.replace(b"HTTP/1.1", b"HTTP/7") if status == 400 else elsewhere)
        assert b"</html>" in answer


def test_pages_by_identifier_wait_for_no_upload(run_portal):
    """While every place for uploads is taken by a file that is not done yet, a page by identifier is answered."""
    portal = run_portal(config=PortalConfig(limits=Limits(verifications=1)))
    system = portal.system
    system.gate.clear()
    with ThreadPoolExecutor() as pool:
        answers = [
            pool.submit(post, f"{portal.url}/verify", files={"file": ("a", b"valid")}) for _ in range(3)
        ]
        try:
            assert system.arrived.wait(PATIENCE)
            assert get(f"{portal.url}/verify/{IDENTIFIER}").status_code == 200
            assert not any(answer.done() for answer in answers)
        finally:
            system.gate.set()
        assert [answer.result().status_code for answer in answers] == [200] * 3


def form_of(octets, *, missing=0, **headers):
    """An upload as it is sent, with so many octets of its file missing at the end."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    whole = part + b"x" * octets + b"\r\n--x--\r\n"
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        "POST /verify?lang=en HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {len(whole)}\r\n{more}"
    )
    return head.encode() + END + whole[: len(whole) - missing]


def of_client(number):
    return {"X-Forwarded-For": f"192.0.2.{number}"}


def test_uploads_of_one_client_leave_room_for_the_others(run_portal):
    """One who holds uploads open a single octet short is refused further ones, and everybody else is served."""
    limits = Limits(upload_megabytes=1, uploads_megabytes=4, client_megabytes=2, pace_seconds=2 * PATIENCE)
    portal = run_portal(config=PortalConfig(limits=limits, trusted_proxies=("127.0.0.1",)))
    upload = partial(post, f"{portal.url}/verify", files={"file": ("a", b"x" * 100_000)})
    with ExitStack() as held:

        def refused():
            connection = socket.create_connection(("127.0.0.1", portal.port), timeout=PATIENCE)
            held.enter_context(closing(connection)).sendall(form_of(1_000_000, missing=1, **of_client(1)))
            return upload(headers=of_client(1)).status_code == 429

        wait_for(
            refused
        )  # asking takes memory, too, for which one of those held may have to go: another takes its place
        assert upload(headers=of_client(2)).status_code == 422
    wait_for(lambda: upload(headers=of_client(1)).status_code == 422)


def test_files_of_one_client_are_examined_one_after_the_other(run_portal):
    """Many files of one client don't take all places in which files are examined."""
    limits = Limits(verifications=2)
    portal = run_portal(config=PortalConfig(limits=limits, trusted_proxies=("127.0.0.1",)))
    system = portal.system
    system.gate.clear()
    upload = partial(post, f"{portal.url}/verify")
    with ThreadPoolExecutor() as pool:
        try:
            answers = [
                pool.submit(upload, files={"file": ("a", b"valid")}, headers=of_client(1)) for _ in range(3)
            ]
            wait_for(lambda: system.asked)
            answers.append(pool.submit(upload, files={"file": ("a", b"another")}, headers=of_client(2)))
            wait_for(lambda: "file of 7" in system.asked)
            assert system.asked.count("file of 5") == 1
        finally:
            system.gate.set()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200, 422]


def test_writing_the_answer_about_an_upload_keeps_nobody_waiting(run_portal, monkeypatch):
    """While the page about an uploaded file is being written, other pages are answered."""
    portal = run_portal()
    writing, finished, report = Event(), Event(), Pages.report

    def slowly(*arguments, **options):
        if options.get("answer"):
            writing.set()
            assert finished.wait(PATIENCE)
        return report(*arguments, **options)

    monkeypatch.setattr(Pages, "report", slowly)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(post, f"{portal.url}/verify", files={"file": ("a", b"valid")})
        try:
            assert writing.wait(PATIENCE)
            assert get(f"{portal.url}/verify/{IDENTIFIER}").status_code == 200
            assert not answer.done()
        finally:
            finished.set()
        assert answer.result().status_code == 200


def test_a_picture_that_takes_long_keeps_nobody_waiting(run_portal):
    """Whoever asks for it learns that it is being drawn; pages are answered, and once it is there, everybody gets it."""
    portal = run_portal(config=PortalConfig(limits=Limits(picture_seconds=0.1)))
    system, address = portal.system, f"{portal.url}/verify/{IDENTIFIER}/picture-cs.png"
    system.brush.clear()
    try:
        with ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(get, [address] * 40))
        assert {answer.headers["content-type"] for answer in answers} == {"image/svg+xml"}
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
        assert "Náhled se právě kreslí." in answers[0].text
        assert system.drawing.is_set()
        assert get(f"{portal.url}/verify/{IDENTIFIER}").status_code == 200
    finally:
        system.brush.set()
    wait_for(lambda: get(address).headers["content-type"] == "image/png")


@pytest.mark.parametrize(
    ("limits", "octets"),
    [
        pytest.param({"upload_seconds": 1}, 800_000, id="takes longer than an upload may"),
        pytest.param({"pace_seconds": 1}, 800_000, id="stops in the middle"),
        pytest.param({"pace_seconds": 1}, 0, id="never begins"),
    ],
)
def test_a_slow_upload_is_given_up(run_portal, limits, octets):
    """An upload that does not arrive in time, or doesn't keep to the pace, gets our page, and its memory comes back."""
    limits = Limits(upload_megabytes=1, uploads_megabytes=1, **limits)
    portal = run_portal(config=PortalConfig(limits=limits))
    answer = raw(portal, form_of(900_000, missing=900_000 - octets))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"The file was on its way for too long" in answer
    again = post(f"{portal.url}/verify", files={"file": ("a", b"x" * 900_000)})
    assert again.status_code != 503


def test_an_upload_that_breaks_off_gives_its_memory_back(portal):
    """Who hangs up in the middle takes nothing away from the others."""
    for _ in range(3):
        with closing(socket.create_connection(("127.0.0.1", portal.port))) as connection:
            connection.sendall(form_of(900_000, missing=200_000))
    file = {"file": ("a", b"x" * 900_000)}  # the end of the connection frees the memory, not that of the time
    wait_for(lambda: post(f"{portal.url}/verify", files=file).status_code == 422)


def connect(portal, count):
    """Open connections, one after the other, until the server takes no more."""
    connections = []
    for _ in range(count):
        with suppress(OSError):
            connections.append(socket.create_connection(("127.0.0.1", portal.port), timeout=PATIENCE))
    return connections


HALF_A_HEAD = b"GET / HTTP/1.1\r\nX: "


@pytest.mark.parametrize("sent", [b"", HALF_A_HEAD], ids=["nothing", "half a head"])
def test_connections_that_ask_for_nothing_end(run_portal, sent):
    """A connection on which no whole request comes in time is closed, and its place is another one's."""
    portal = run_portal(config=PortalConfig(limits=Limits(connections=3, head_seconds=0.5)))
    with ExitStack() as stack:
        for connection in connect(portal, 3):
            stack.enter_context(closing(connection)).sendall(sent)
            connection.settimeout(PATIENCE)
            stack.callback(connection.recv, 1)
        wait_for(lambda: get(portal.url).status_code == 200)


def test_connections_are_bounded(run_portal):
    """Beyond the limit a visitor gets our page, far beyond it nothing; later everybody is served again."""
    portal = run_portal(config=PortalConfig(limits=Limits(connections=3, head_seconds=PATIENCE)))
    with ExitStack() as stack:
        for connection in connect(portal, 3):
            stack.enter_context(closing(connection))
        answer = raw(portal, b"GET / HTTP/1.1\r\n" + END)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"</html>" in answer
        told = problem_in(raw(portal, b"GET /api/v1/openapi.json HTTP/1.1\r\n" + END), 503)
        assert told["code"] == "busy"
        refused = [stack.enter_context(closing(connection)) for connection in connect(portal, 200)]
        for connection in refused[64:]:
            with suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    wait_for(lambda: get(portal.url).status_code == 200)


def test_who_takes_nothing_of_an_answer_is_let_go(run_portal):
    """A client that asks on and on and reads nothing loses its connection."""
    portal = run_portal(config=PortalConfig(limits=Limits(send_seconds=0.5)))
    with closing(socket.socket()) as connection:
        connection.settimeout(PATIENCE)
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
        )  # before: a window that shrinks drops resets
        connection.connect(("127.0.0.1", portal.port))

        def ask_on():
            while True:
                connection.sendall(b"GET /about HTTP/1.1\r\nHost: x\r\n\r\n" * 100)

        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            ask_on()


@pytest.mark.parametrize("ends", ["_let_go", "timeout_keep_alive_handler"])
def test_a_closed_connection_waits_for_its_client_no_longer_than_an_answer_may(ends):
    """Closing sends the rest of the answer; whoever takes nothing of it is let go all the same."""
    served = bounded(Refusals({}, {}, ""), bounds=Bounds(3, head_seconds=1, send_seconds=7))
    loop = Mock()
    protocol = served(uvicorn.Config(Mock(), log_config=None), ServerState(), {}, _loop=loop)
    protocol.connection_made(transport := Mock(is_closing=Mock(return_value=False)))
    getattr(protocol, ends)()
    transport.close.assert_called_with()
    assert call(7, transport.abort) in loop.call_later.mock_calls


def test_faults_of_the_system_are_told_once_a_minute(caplog):
    """However often a connection can't be accepted, the log says so once a minute; other faults are told each time."""
    now = [0.0]
    faults, loop = LoopFaults(clock=lambda: now[0]), Mock()
    exhausted = {"exception": OSError(errno.EMFILE, os.strerror(errno.EMFILE))}
    for now[0] in (0.0, 1.0, 59.0, 61.0):
        for _ in range(64):
            faults(loop, exhausted)
    assert [record.getMessage() for record in caplog.records] == [
        "no connection can be accepted: Too many open files"
    ] * 2
    faults(loop, {"exception": ValueError()})
    loop.default_exception_handler.assert_called_once()


def test_a_chunked_upload_is_bounded_too(portal):
    """Without a Content-Length the limit holds all the same."""

    def endless():
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 65536

    response = post(
        f"{portal.url}/verify", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert response.status_code == 413


def test_only_a_trusted_proxy_names_the_client(run_portal):
    """Behind a trusted proxy each visitor has a bucket of their own; without one the header means nothing."""
    limits = Limits(misses=2, miss_seconds=10_000, unknown_seconds=0)
    for trusted, expected in (((), [404, 404, 429, 429]), (("127.0.0.1",), [404, 404, 404, 404])):
        portal = run_portal(config=PortalConfig(limits=limits, trusted_proxies=trusted))
        statuses = [
            get(f"{portal.url}/verify/wrong", headers={"x-forwarded-for": f"192.0.2.{number}"}).status_code
            for number in range(4)
        ]
        assert statuses == expected


def _serve(folder, *arguments):
    return [
        sys.executable, "-c", "from mikrocert.cli import main; main()",
        "--config", str(folder / "mikrocert.toml"), "serve", *arguments,
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mikrocert.toml").write_text(
        'base_url = "http://127.0.0.1:8000"\nrenderer = "none"\n'
        "[plugins]\nallow = ['mikrocert', 'mikrocert-portal']\n"
        "[commands.serve]\nname = 'Ověřovna'\nlimits = { upload_megabytes = 2 }\n",
        encoding="utf-8",
    )
    init_archive(f"sqlite:///{tmp_path / 'archive.sqlite'}")
    return tmp_path


def test_the_command_serves_quietly_and_logs_no_identifier(folder):
    """`mikrocert serve` names its settings and its address and prints nothing else, whatever is asked for."""
    process = subprocess.Popen(
        _serve(folder, "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        front = get(f"{address}/?lang=cs")
        assert "Ověřovna" in front.text
        assert "2\u00a0MB" in front.text
        for path in (
            f"/verify/{IDENTIFIER}",
            f"/verify/{IDENTIFIER}/certificate.pdf",
            f"/verify/{IDENTIFIER}/x",
        ):
            assert get(address + path).status_code == 404
        assert post(f"{address}/verify", data={"identifier": IDENTIFIER}).status_code == 303
        post(f"{address}/verify", files={"file": (f"{IDENTIFIER}.jsonld", b"{}")})
    finally:
        process.terminate()
        stdout, stderr = process.communicate(timeout=PATIENCE)
    assert (stdout, stderr) == ("", f"mikrocert: Settings: {folder}/mikrocert.toml\n")


def test_without_files_to_open_it_is_quiet_and_goes_on(folder):
    """More connections than the system has files for: the log stays short, and visitors are served as soon as there is room."""
    settings = folder / "mikrocert.toml"
    limits = "limits = { head_seconds = 0.5, upload_megabytes = 2 }"
    settings.write_text(re.sub("limits = .*", limits, settings.read_text("utf-8")), "utf-8")
    command = ["sh", "-c", 'ulimit -n 256 && exec "$@"', "sh", *_serve(folder, "--port", "0")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline().rpartition(":")[2])
        with ExitStack() as stack:
            for _ in range(600):
                with suppress(OSError):
                    stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=0.1)))
        wait_for(lambda: get(f"http://127.0.0.1:{port}/").status_code == 200)
    finally:
        process.terminate()
        _, stderr = process.communicate(timeout=PATIENCE)
    assert len(stderr) < 1000


def test_a_missing_anchor_is_told_at_the_start(folder):
    """An anchor that can't be read ends the command before anybody is served."""
    settings = folder / "mikrocert.toml"
    settings.write_text(settings.read_text("utf-8") + "[trust]\nanchors = ['missing.pem']\n", "utf-8")
    done = subprocess.run(
        _serve(folder, "--port", "0"), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 78
    assert done.stdout == ""
    assert f"trust.anchors: {folder / 'missing.pem'} can't be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("proxies", ["", "trusted_proxies = ['*']\n"], ids=["none", "anybody"])
def test_certificates_need_proxies_that_have_names(folder, proxies):
    """Where nobody, or anybody, hands on certificates, nothing is served."""
    settings = folder / "mikrocert.toml"
    settings.write_text(
        settings.read_text("utf-8")
        + f"{proxies}[commands.serve.client_certificates]\nheader = 'Client-Cert'\n",
        "utf-8",
    )
    done = subprocess.run(
        _serve(folder, "--port", "0"), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (78, "")
    assert "commands.serve.client_certificates needs trusted_proxies" in done.stderr


def test_a_missing_archive_is_told_at_the_start(folder):
    """Whoever mistypes the archive's address learns it before visitors are told that nothing is known."""
    settings = folder / "mikrocert.toml"
    settings.write_text(
        settings.read_text("utf-8") + "[archive]\nurl = 'sqlite:///missing.sqlite'\n", "utf-8"
    )
    process = subprocess.Popen(
        _serve(folder, "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline().startswith("http://")
    finally:
        process.terminate()
        _, stderr = process.communicate(timeout=PATIENCE)
    assert re.fullmatch(
        r"mikrocert: there is no archive at .*missing\.sqlite; `mikrocert archive init` makes one\nmikrocert: Settings: .*\n",
        stderr,
    )
    assert not (folder / "missing.sqlite").exists()


def test_a_taken_port_is_named(folder):
    """A port in use ends in one sentence and the exit code for settings."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            _serve(folder, "--port", str(port)), capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    assert done.returncode == 78
    assert f"can't listen on 127.0.0.1 port {port}: another program has it" in done.stderr
    assert "Traceback" not in done.stderr
