"""Asking services: who is asked, how often, and which answers count."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from mikrocert_seal_ades.jades import Imprint, Question, ServiceError, Sources, extend, parse_any
from mikrocert_seal_ades.pki import timestamps
from mikrocert_seal_ades.pki.asking import RememberedRevocation, RevocationClient, TimeStampClient
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.rfc3161 import request_for

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IMPRINT = Imprint.of("řůď".encode())


def silent(_: bytes) -> bytes:
    raise ServiceError(problem("service-silent", url="http://ticho.example", reason="TimeoutError"))


class Counted:
    """An authority that counts how often it is asked."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self, request: bytes) -> bytes:
        self.times += 1
        return self.answer(request)


def test_an_honest_authority(authorities: Any) -> None:
    """An authority that answers what it was asked is asked once for each imprint; tokens come in order."""
    imprints = [Imprint.of(bytes([number]), digest="sha512") for number in range(20)]
    authority = Counted(authorities.response)
    client = TimeStampClient((authority,), now=lambda: authorities.clock)
    tokens = client.stamp(imprints)
    assert [timestamps.read(token).imprint for token in tokens] == [one.octets for one in imprints]
    assert authority.times == 20
    assert client.stamp(()) == ()


LIES: dict[str, tuple[Any, str]] = {
    "another nonce": ({"nonce": 1}, "its nonce is not the one that was sent"),
    "another imprint": ({"imprint": Imprint.of(b"other")}, "it covers something else"),
    "another digest": ({"imprint": Imprint.of("řůď".encode(), digest="sha512")}, "it covers something else"),
    "another policy": ({"policy": "2.25.2"}, "it is made under the policy 2.25.2"),
    "a clock behind": (
        {"time": NOW - timedelta(minutes=6)},
        "it says 2026-11-22 11:54:00 UTC when it is 2026-11",
    ),
    "a clock ahead": ({"time": NOW + timedelta(days=99)}, "it says 2027"),
    "rejected": ({"status": "rejection"}, "refused to make a time stamp: rejection; přetíženo"),
    "waiting": ({"status": "waiting"}, "refused to make a time stamp: waiting"),
    "two signatures": ({"signers": 2}, "It has 2 signatures"),
}


@pytest.mark.parametrize(("lie", "message"), LIES.values(), ids=LIES)
def test_a_lying_authority(authorities: Any, lie: dict[str, Any], message: str) -> None:
    """An answer to another question is refused; when nobody else is left to ask, the reason is told."""
    authorities.lies = lie
    authority = Counted(authorities.response)
    with pytest.raises(ServiceError, match=message):
        TimeStampClient((authority,), policy="2.25.1", attempts=3, now=lambda: NOW).stamp([IMPRINT])
    assert authority.times == 3


@pytest.mark.parametrize("answer", [b"", b"0\0", b"<html>", b"\x30\x03\x02\x01\x00", bytes(300_000)])
def test_answers_that_are_none(answer: bytes) -> None:
    """Whatever an authority sends, what comes out is a time-stamp or the reason why there is none."""
    with pytest.raises(ServiceError):
        TimeStampClient((lambda _: answer,)).stamp([IMPRINT])


def test_next_authorities(authorities: Any) -> None:
    """Where one is silent or lies the next is asked; who was given up is not asked again in the same batch."""
    one, two, three = Counted(silent), Counted(lambda _: b"0\0"), Counted(authorities.response)
    client = TimeStampClient((one, two, three), at_once=1, now=lambda: authorities.clock)
    assert len(client.stamp([IMPRINT] * 5)) == 5
    assert (one.times, two.times, three.times) == (2, 2, 5)
    with pytest.raises(ServiceError) as caught:
        TimeStampClient((one, two)).stamp([IMPRINT])
    assert [p.code for p in caught.value.problems] == ["service-silent", "timestamp-refused"]
    with pytest.raises(ServiceError, match="There is no time-stamp authority to ask"):
        TimeStampClient(()).stamp([IMPRINT])


def test_a_batch_is_asked_side_by_side(authorities: Any) -> None:
    """As many questions as are allowed are on their way at the same time, and no more."""
    barrier = threading.Barrier(4, timeout=60)
    running: list[int] = []
    most: list[int] = []

    def authority(request: bytes) -> bytes:
        running.append(1)
        most.append(len(running))
        barrier.wait()
        running.pop()
        return bytes(authorities.response(request))

    assert (
        len(TimeStampClient((authority,), at_once=4, now=lambda: authorities.clock).stamp([IMPRINT] * 8)) == 8
    )
    assert max(most) <= 4


PREPARED = """
import json, sys
from datetime import datetime
from mikrocert_seal_ades.pki import rfc3161, timestamps, x509
x509.asn1crypto("core")
from mikrocert_seal_ades.pki.asn1 import LATER, core
before = set(core._SETUP_CLASSES)
given = json.load(sys.stdin)
imprint = rfc3161.Imprint("sha256", bytes(32))
rfc3161.request_for(imprint, nonce=7, policy="1.2.3")
answer = bytes.fromhex(given["answer"])
octets = rfc3161.token_in(answer, imprint=imprint, nonce=7, at=datetime.fromisoformat(given["at"]))
for certificate in timestamps.read(octets).certificates:
    x509.subject_identity(certificate), x509.key_usage(certificate), x509.responder_addresses(certificate)
print(sorted(one.__name__ for one in set(core._SETUP_CLASSES) - before - LATER))
"""


def test_nothing_is_prepared_while_a_batch_is_asked(authorities: Any) -> None:
    """A library that prepares itself when it is first used, and without a lock, has done so before several threads use it."""
    imprint = Imprint("sha256", bytes(32))
    answer = authorities.response(request_for(imprint, nonce=7))
    given = json.dumps({"answer": answer.hex(), "at": authorities.clock.isoformat()})
    done = subprocess.run(
        [sys.executable, "-c", PREPARED], input=given, capture_output=True, check=False, text=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_was_answered_is_remembered(authorities: Any) -> None:
    """Within its time evidence is used again without asking; after that it is asked for anew."""
    now = [authorities.clock]
    source = RememberedRevocation(authorities, keep=timedelta(minutes=5), now=lambda: now[0])
    questions = [
        Question(authorities.seal.der, authorities.ca.der),
        Question(authorities.ca.der, authorities.root.der),
    ]
    first = source.fetch(questions[:1])
    assert source.fetch([*questions, questions[0]])[0] == first[0]
    assert authorities.asked == [("fetch", 1), ("fetch", 1)]
    now[0] += timedelta(minutes=5)
    assert source.fetch(questions)[0] != first[0]
    assert authorities.asked[2:] == [("fetch", 2)]


@contextmanager
def serving(answers: dict[str, Callable[[bytes], Any]]) -> Iterator[str]:
    """Serve on a socket: path → answer to a body; a number is a status, a text a redirection. Yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = answers[self.path](body)
            self.send_response(found if isinstance(found, int) else 302 if isinstance(found, str) else 200)
            if isinstance(found, str):
                self.send_header("Location", found)
            self.end_headers()
            if isinstance(found, bytes):
                self.wfile.write(found)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_over_http(authorities: Any, certify: Any) -> None:
    """A seal is raised to B-LTA by services at the addresses that settings and certificates name."""
    answers: dict[str, Callable[[bytes], Any]] = {"/down": lambda _: 503, "/tsa": authorities.response}
    with serving(answers) as address:
        places = (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        AuthorityInformationAccessOID.OCSP,
                        x509.UniformResourceIdentifier(f"{address}/{path}"),
                    )
                    for path in ("down", "ocsp")
                ]
            ),
        )
        lists = (
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        [x509.UniformResourceIdentifier(f"{address}/{path}") for path in ("moved",)],
                        None,
                        None,
                        None,
                    )
                ]
            ),
        )
        authorities.seal = certify(
            authorities.seal.key,
            subject=authorities.seal.certificate.subject,
            issuer=authorities.ca,
            extensions=places,
        )
        authorities.ca = certify(
            authorities.ca.key,
            subject=authorities.ca.certificate.subject,
            issuer=authorities.root,
            ca=True,
            extensions=lists,
        )
        at = authorities.clock
        answers |= {
            "/ocsp": lambda _: authorities.state(authorities.seal.der, at=at),
            "/moved": lambda _: "/list",
            "/list": lambda _: authorities.list(authorities.root, at=at),
        }
        sources = Sources(
            timestamps=attrs.evolve(
                TimeStampClient.over_http((f"{address}/down", f"{address}/tsa")),
                now=lambda: authorities.clock,
            ),
            revocation=RevocationClient(),
            anchors=(authorities.unit.der,),
        )
        raised = extend(authorities.sealed(), level="B-LTA", sources=sources)
        assert [entry.kind for entry in parse_any(raised).unsigned] == ["sigTst", "xVals", "rVals", "arcTst"]
        answers["/ocsp"] = answers["/list"] = lambda _: b"nonsense"
        with pytest.raises(ServiceError, match="Nobody says whether the certificate “Pečeť řůď"):
            RevocationClient().fetch([Question(authorities.seal.der, authorities.ca.der)])


def test_only_hosts_that_are_named_are_asked() -> None:
    """Where hosts are named nobody else is asked, by whatever way an address was come by."""
    answers: dict[str, Callable[[bytes], Any]] = {"/there": lambda _: b"there"}
    with serving(answers) as address:
        answers["/away"] = lambda _: f"{address.replace('127.0.0.1', 'localhost')}/there"
        named = Http(hosts=frozenset({"127.0.0.1"}))
        assert named.get(f"{address}/there") == b"there"
        with pytest.raises(ServiceError, match="HTTP 302"):
            named.get(f"{address}/away")
        for hosts in ({"localhost"}, {"127.0.0.1.example"}, set[str]()):
            with pytest.raises(ServiceError, match="is no address of a service"):
                Http(hosts=frozenset(hosts)).get(f"{address}/there")


def test_limits_over_http() -> None:
    """A question is not sent on elsewhere, an endless or slow answer is given up, and only the web is asked."""
    answers: dict[str, Callable[[bytes], Any]] = {
        "/moved": lambda _: "/there",
        "/there": lambda _: b"there",
        "/file": lambda _: "ftp://127.0.0.1/",
        "/long": lambda _: bytes(1_000_000),
    }
    ticks = iter(range(1000))
    with serving(answers) as address:
        assert Http().get(f"{address}/moved") == b"there"
        table: list[tuple[Callable[[], bytes], str]] = [
            (lambda: Http().post(f"{address}/moved", b"?", content_type="text/plain"), "HTTP 302"),
            (lambda: Http().get(f"{address}/file"), "HTTP 302"),
            (lambda: Http(limit=1000).get(f"{address}/long"), "longer than 1000 octets"),
            (lambda: Http(timeout=0.5, clock=lambda: next(ticks)).get(f"{address}/there"), "TimeoutError"),
            (lambda: Http().get("file:///etc/hostname"), "is no address of a service"),
        ]
        for ask, message in table:
            with pytest.raises(ServiceError, match=message):
                ask()
    with pytest.raises(ServiceError, match="ConnectionRefusedError"):
        Http().get(address)
