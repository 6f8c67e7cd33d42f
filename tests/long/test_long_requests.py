"""A hundred thousand requests to the portal, or a few hundred: each is answered by a page of ours, and memory stays what it was."""
# pyright: basic

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import attrs
import pytest
from mikrocert.award.identifiers import ALPHABET, LENGTH
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

if TYPE_CHECKING:
    from collections.abc import Callable

WARM = 0.2
"""The share of all requests after which caches, pools and the memory of clients are full."""
AT_ONCE = 8
GROWTH = 32 * 1024 * 1024
LIMITS = Limits(upload_megabytes=1, uploads_megabytes=32, unknown_seconds=0, clients=2_000)
OURS = frozenset({200, 303, 400, 404, 405, 413, 422, 429, 431})

SEGMENTS = (
    *("..", ".", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%00", "K7mQx4Rt9bHz%00", "a" * 3000, "%f0%9f%98%80", "%ff%fe"),
    *("' OR 1=1 --", "<script>alert(1)</script>", "%0d%0aSet-Cookie:%20a=b", "{identifier}", "{{7*7}}", "%25%32%65"),
    *("K7mQ x4Rt 9bHz", "k7mqx4rt9bhz", "O0Il11111111", "čřž", "%c5%99", "certificate.pdf", "picture-cs.png", "picture-xx.png"),
    *("style.css", "app.py", "con", "~root", "*", "%", "%zz", ";", ":", "@", "=", "\\..\\..", "%ed%a0%80", "-1", "NaN", ""),
)  # fmt: skip
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "",
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"accept", b"application/json"),
    (b"accept", b"\xff\xfe"),
    (b"accept-language", b"cs;q=x, ;;;, de-" + b"a" * 200),
    (b"accept-language", b"cs"),
    (b"content-length", b"-1"),
    (b"content-length", b"9" * 400),
    (b"content-length", "²".encode()),
    (b"content-type", b"multipart/form-data"),
    (b"content-type", b"multipart/form-data; boundary="),
    (b"content-type", b";;;"),
    (b"cookie", b"\x00=\xff"),
    (b"host", b"evil.example"),
    (b"range", b"bytes=0-0,-1"),
    (b"transfer-encoding", b"chunked, chunked"),
    (b"x-forwarded-for", b"127.0.0.1"),
    (b"x-http-method-override", b"DELETE"),
    (b"x-long", b"x" * 20_000),
)


@attrs.frozen
class Question:
    """A request: what a client sends, chunk by chunk."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: tuple[bytes, ...] = ()
    hangs_up: bool = False
    client: str = "192.0.2.1"


@attrs.frozen
class Questions:
    """Makes requests of every sort.

    Args:
        chance: decides.
        sealed: a file that is valid, to be spoilt.
        identifier: one that is known.
    """

    chance: random.Random
    sealed: bytes
    identifier: str

    def client(self) -> str:
        number = self.chance.getrandbits(128)
        return self.chance.choice(
            ("192.0.2.1", str(IPv4Address(number >> 96)), str(IPv6Address(number)), "unix")
        )

    def word(self) -> str:
        return "".join(self.chance.choices(ALPHABET, k=LENGTH))

    def unknown(self) -> Question:
        name = self.chance.choice(("", "", "/certificate.pdf", "/picture-cs.png", f"/{self.word()}.jsonld"))
        query = self.chance.choice(("", "lang=cs", "lang=%ff", "lang=cs&lang=en&" + "a=b&" * 50))
        return Question(
            "GET", f"/verify/{self.word()}{name}", query, self.some_headers(), client=self.client()
        )

    def hostile(self) -> Question:
        parts = self.chance.choices(SEGMENTS, k=self.chance.randint(1, 4))
        start = self.chance.choice(("", "/verify", "/static", "/help/search", "/", "//verify"))
        method = self.chance.choice(("GET", "GET", "GET", *METHODS))
        return Question(method, "/".join((start, *parts)), "", self.some_headers(), client=self.client())

    def some_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        return tuple(self.chance.sample(HEADERS, self.chance.choice((0, 0, 1, 1, 3))))

    def garbage(self) -> bytes:
        chance = self.chance
        match chance.randrange(6):
            case 0:
                return chance.randbytes(chance.randrange(2000))
            case 1:
                return b"%PDF-1.7\n" + chance.randbytes(chance.randrange(2000))
            case 2:
                return chance.choice(
                    (b'{"payload":', b"[", b'{"a":', b'"', b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff")
                ) * chance.randrange(200)
            case 3:
                return self.sealed[: chance.randrange(300)]
            case 4:
                return (
                    b'{"payload":"'
                    + chance.randbytes(40).hex().encode()
                    + b'","signatures":[{"protected":"e30","signature":"AA"}]}'
                )
            case _:
                start = chance.randrange(len(self.sealed))
                return (
                    self.sealed[:start] + b"\\u0000" + self.sealed[start:] if chance.random() < 0.05 else b""
                )

    def upload(self) -> Question:
        chance, boundary = self.chance, b"x" * self.chance.choice((1, 20, 70))
        name = chance.choice((b"file", b"file", b"file", b"identifier", b"", b"\xff", b'a"b'))
        filename = chance.choice(
            (b"a.jsonld", b"", b"../../etc/passwd", b"\x00", "řeka.pdf".encode(), b"a" * 5000)
        )
        body = b"".join((
            b"--", boundary, b'\r\nContent-Disposition: form-data; name="', name, b'"; filename="', filename, b'"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n", self.garbage(), b"\r\n--", boundary, b"--\r\n",
        ))  # fmt: skip
        if chance.random() < 0.2:
            start = chance.randrange(len(body))
            body = (
                body[:start]
                + chance.choice((b"", b"\r\n--", b"\x00", b"--" + boundary + b"\r\n\r\n"))
                + body[start + chance.randrange(9) :]
            )
        if chance.random() < 0.005:
            body = body.replace(b"\r\n\r\n", b"\r\n\r\n" + b"a" * 1_200_000, 1)
        kind = b"multipart/form-data; boundary=" + boundary
        return self.form(kind, body)

    def typed(self) -> Question:
        octets = self.chance.choice(
            (self.word().encode(), self.identifier.encode(), self.garbage(), b"https://evil.example/verify/x")
        )
        body = self.chance.choice((b"identifier=", b"identifier=&identifier=", b"", b"%ff=")) + octets
        return self.form(b"application/x-www-form-urlencoded", body)

    def form(self, kind: bytes, body: bytes) -> Question:
        size = self.chance.choice((1, 17, 500, 1 << 16)) if len(body) < 3000 else 1 << 16
        chunks = tuple(body[start : start + size] for start in range(0, len(body), size))
        headers = ((b"content-type", kind), (b"content-length", str(len(body)).encode()))
        hangs_up = self.chance.random() < 0.05
        return Question(
            "POST", "/verify", "", (*headers, *self.some_headers()), chunks, hangs_up, self.client()
        )

    def known(self) -> Question:
        name = self.chance.choice(("", "/nothing", f"/{self.identifier}.jsonld"))
        return Question(
            "GET", f"/verify/{self.identifier}{name}", client=str(IPv4Address(self.chance.getrandbits(32)))
        )

    def plain(self) -> Question:
        path = self.chance.choice(("/", "/help/search", "/robots.txt", "/verify", "/static/0/style.css"))
        return Question("GET", path, "", self.some_headers(), client=self.client())

    def next(self) -> Question:
        sorts: tuple[Callable[[], Question], ...] = (
            *(self.unknown, self.hostile, self.upload, self.typed, self.plain, self.known),
        )
        return self.chance.choices(sorts, weights=(35, 30, 20, 10, 4, 1))[0]()


async def ask(app: Any, question: Question) -> tuple[int, dict[bytes, bytes], bytes]:
    """Send a request to an ASGI application and return status, headers and body of its answer."""
    raw = question.path.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": question.method,
        "scheme": "https",
        "path": unquote_to_bytes(raw).decode("utf-8", errors="replace"),
        "raw_path": raw,
        "query_string": question.query.encode(),
        "root_path": "",
        "headers": list(question.headers),
        "client": (question.client, 1234),
        "server": ("portal.example", 443),
        "state": {},
    }
    chunks = iter(question.body)
    left = len(question.body)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        if left < 0 and question.body:
            return {"type": "http.disconnect"}
        if question.hangs_up and left == 0:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": next(chunks, b""), "more_body": left > 0}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    return start["status"], dict(start["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def resident() -> int:
    """Return the octets of memory that this process has."""
    fields = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in fields if line.startswith("VmRSS:"))


async def flood(app: Any, questions: Questions, *, count: int) -> Counter[int]:
    """Ask so many times, some at once, and return how often which status came."""
    statuses: Counter[int] = Counter()

    async def go_on(share: int) -> None:
        for _ in range(share):
            question = questions.next()
            status, headers, body = await ask(app, question)
            statuses[status] += 1
            assert status in OURS or (status, question.method) == (204, "OPTIONS"), question
            assert b"default-src 'none'" in headers.get(b"content-security-policy", b""), question
            assert b"set-cookie" not in headers, question
            if status >= 400:
                assert b"Traceback" not in body, question
                assert headers[b"cache-control"] == b"no-store", question

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(go_on(count // AT_ONCE))
    return statuses


@pytest.mark.parametrize("count", [300, pytest.param(100_000, marks=pytest.mark.long)])
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured in /proc")
def test_a_flood_of_requests_is_answered_in_bounded_memory(
    demo: Path, count: int, caplog, record_property
) -> None:
    """Unknown identifiers, hostile paths, methods and headers, garbage in forms: pages of ours, and never a crash."""
    caplog.set_level(logging.WARNING)
    sealed = min(demo.glob("*.jsonld"))
    questions = Questions(random.Random(2026), sealed.read_bytes(), sealed.stem)
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as system:
        app = create_app(system, config=PortalConfig(limits=LIMITS))
        warm = int(count * WARM)
        statuses = asyncio.run(flood(app, questions, count=warm))
        before = resident()
        statuses += asyncio.run(flood(app, questions, count=count - warm))
        grown = resident() - before
    record_property("statuses", dict(statuses))
    print(f"\n{statuses.total()} requests: {dict(statuses)}; {before >> 20} MiB, and {grown >> 10} KiB more")  # noqa: T201
    assert caplog.records == []
    assert grown < GROWTH
