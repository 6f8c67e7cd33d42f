"""The portal behind a real socket: what a browser never sends, logs, proxies, the command."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import httpx
import pytest
from mikrocert.archive import init_archive
from mikrocert_portal.config import Limits, PortalConfig

pytestmark = pytest.mark.system

PATIENCE = 100  # seconds after which a wait has failed; less than an upload may take

IDENTIFIER = "K7mQx4Rt9bHz"

get, post = partial(httpx.get, timeout=PATIENCE), partial(httpx.post, timeout=PATIENCE)


@pytest.fixture(scope="module")
def portal(run_portal):
    limits = Limits(upload_megabytes=1, uploads_megabytes=1, misses=3, unknown_seconds=0)
    return run_portal(config=PortalConfig(limits=limits))


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
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, 400, id="100 kB of headers"),
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


def test_a_slow_upload_is_given_up(run_portal):
    """An upload that does not arrive in time gets our page, and its memory comes back."""
    limits = Limits(upload_megabytes=1, uploads_megabytes=1, upload_seconds=1)
    portal = run_portal(config=PortalConfig(limits=limits))
    head = b"POST /verify?lang=en HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n"
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 800_000
    answer = raw(portal, head + END + part)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"The file was on its way for too long" in answer
    again = post(f"{portal.url}/verify", files={"file": ("a", b"x" * 900_000)})
    assert again.status_code != 503


def test_an_upload_that_breaks_off_gives_its_memory_back(portal):
    """Who hangs up in the middle takes nothing away from the others."""
    head = b"POST /verify HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n"
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 700_000
    for _ in range(3):
        with closing(socket.create_connection(("127.0.0.1", portal.port))) as connection:
            connection.sendall(head + END + part)
    deadline = time.monotonic() + PATIENCE  # the end of the connection frees the memory, not that of the time
    status = 503
    while status == 503 and time.monotonic() < deadline:
        status = post(f"{portal.url}/verify", files={"file": ("a", b"x" * 900_000)}).status_code
    assert status == 422


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
    assert f"can't listen on 127.0.0.1 port {port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
