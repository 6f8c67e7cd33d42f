"""Webhooks: an institution is told what happened, and nobody is led anywhere by what it named."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import attrs
import pytest
from mikrocert.archive import check_archive
from mikrocert.errors import WebhookError
from mikrocert.jobs.outbox import KINDS, next_pause
from mikrocert.jobs.resolving import Resolver
from mikrocert.jobs.sending import Sender, check_address, is_public, signature
from mikrocert.jobs.tables import outbox, webhooks
from mikrocert.service.system import open_system
from mikrocert.settings import JobSettings
from mikrocert.testing import example_award
from sqlalchemy import select

LINES = "application/jsonl"


@attrs.define
class Target:
    """A server that remembers what it was told."""

    url: str
    letters: list = attrs.Factory(list)
    answers: list = attrs.Factory(list)

    @property
    def kinds(self):
        return [json.loads(body)["type"] for _, body in self.letters]


@contextmanager
def serving(target):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target.letters.append((dict(self.headers), body))
            status = target.answers.pop(0) if target.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{target.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        target.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield target
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def target():
    with serving(Target("")) as serves:
        yield serves


@pytest.fixture
def settings(settings):
    return attrs.evolve(settings, jobs=JobSettings(private_targets=True))


def send(system, work, data):
    batch = system.batches.accept("toy", data, media_type=LINES, actor="x")
    work(system)
    return batch


def test_what_happens_is_told_once_in_its_order_and_signed(system, sent, work, target):
    """As Standard Webhooks says, and with nothing personal."""
    webhook, secret = system.webhooks.add("toy", f"{target.url}/háček".encode("ascii", "ignore").decode())
    bad = {**sent.awards("2")[0], "workload": {}}
    batch = send(system, work, sent.by_line("ŘÚ/1") + json.dumps(bad, default=float).encode())
    identifier = system.batches.results("toy", batch.id)[0].identifier
    system.revoke(identifier, reason="Omyl pana Ďurůše.")
    work(system)
    assert target.kinds == ["credential.issued", "record.refused", "batch.ended", "credential.revoked"]
    for headers, body in target.letters:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
        for personal in (example_award().learner.name, "ŘÚ/1", "Ďurůš", "Omyl"):
            assert personal not in json.dumps(json.loads(body), ensure_ascii=False)
    assert len({headers["webhook-id"] for headers, _ in target.letters}) == 4
    assert json.loads(target.letters[0][1])["data"]["identifier"] == identifier
    assert json.loads(target.letters[1][1])["data"]["number"] == 2
    assert webhook.kinds == KINDS


def test_only_what_was_asked_for_is_told_and_only_to_whom_it_concerns(toy, system, sent, work, target):
    """Others' credentials are none of its affair; what was before it was added isn't, either."""
    send(system, work, sent.by_line("before"))
    system.plugins.add(toy.offering("institutions", "tay", lambda _: toy.University()), name="other")
    system.webhooks.add("tay", target.url)
    system.webhooks.add("toy", target.url, kinds=["batch.ended"])
    send(system, work, sent.by_line("1"))
    assert target.kinds == ["batch.ended"]
    assert system.webhooks.due() == {}


def test_what_is_rolled_back_is_not_told(system, sent, work, target):
    """It stands in the transaction in which it happens."""
    system.webhooks.add("toy", target.url)
    send(system, work, sent.by_line("1"))
    [registration] = system.archive.registrations()

    def fail():
        with system.archive.unit() as unit:
            unit.revoke(registration.identifier, reason="omyl", at=registration.issued_at)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    work(system)
    assert "credential.revoked" not in target.kinds


def test_a_target_that_fails_is_tried_again_and_then_left_alone(system, sent, work, target, clock):
    """The same message under the same identifier, later and later; a replay goes on with it."""
    webhook, _ = system.webhooks.add("toy", target.url, kinds=["batch.ended"])
    target.answers = [500, 302, 503]
    send(system, work, sent.by_line("1"))
    for _ in range(4):
        clock.move(hours=2)
        work(system)
    assert len({headers["webhook-id"] for headers, _ in target.letters}) == 1
    assert len(target.letters) == 4
    assert system.webhooks.all_of("toy")[0].failures == 0
    target.letters.clear()
    target.answers = [500] * 10
    assert system.webhooks.due() == {}
    send(system, work, sent.by_line("2"))
    assert system.webhooks.due() == {"batch.ended": 1}
    for _ in range(12):
        clock.move(hours=25)
        work(system)
    [stopped] = system.webhooks.all_of("toy")
    assert len(target.letters) == 10
    assert (stopped.failures, stopped.fault) == (10, "HTTP 500")
    assert stopped.stopped_at
    assert system.webhooks.due() == {}
    assert system.webhooks.replay("toy", webhook.id) == 1
    assert system.webhooks.due() == {"batch.ended": 1}
    work(system)
    assert len(target.letters) == 11
    assert system.webhooks.all_of("toy")[0].stopped_at is None


def test_a_target_that_is_gone_is_told_nothing_more(system, sent, work, target):
    """It says so itself."""
    system.webhooks.add("toy", target.url)
    target.answers = [410]
    send(system, work, sent.by_line("1"))
    assert len(target.letters) == 1
    assert system.webhooks.all_of("toy")[0].stopped_at


def test_a_replay_tells_again_what_has_happened_since(system, sent, work, target, clock):
    """All of it, in its order, under the same identifiers."""
    webhook, _ = system.webhooks.add("toy", target.url, kinds=["credential.issued"])
    send(system, work, sent.by_line("1"))
    clock.move(days=1)
    send(system, work, sent.by_line("2", "3"))
    first = list(target.letters)
    target.letters.clear()
    # A credential's moment is that of the archive; all three are of now.
    assert system.webhooks.replay("toy", webhook.id, since=system.archive.registrations()[0].issued_at) == 3
    work(system)
    assert [body for _, body in target.letters] == [body for _, body in first]
    with pytest.raises(WebhookError, match="no webhook"):
        system.webhooks.replay("tay", webhook.id)


def test_one_that_hangs_costs_a_moment_and_nobody_else_anything(system, sent, work, target, clock):
    """Its turn comes again later; the others are told meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        system.webhooks.add("toy", url)
        system.webhooks.add("toy", target.url, kinds=["batch.ended"])
        system.webhooks._sender = attrs.evolve(system.webhooks._sender, seconds=0.2)
        send(system, work, sent.by_line("1", "2", "3"))
        assert target.kinds == ["batch.ended"]
        hanging = next(one for one in system.webhooks.all_of("toy") if one.url == url)
        assert hanging.failures == 1
        assert "doesn't answer" in hanging.fault


def test_an_answer_that_drips_is_cut(target):
    """However alive it looks."""
    ended = threading.Event()

    def drip(server):
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not ended.is_set():
                    connection.sendall(b"x: y\r\n")
                    ended.wait(0.02)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        sender = Sender(plain=True, private=True, seconds=0.3)
        with pytest.raises(WebhookError, match="doesn't answer"):
            sender.send(f"http://127.0.0.1:{server.getsockname()[1]}", b"{}", headers={})
        ended.set()
        thread.join()


def test_its_secret_is_encrypted_and_goes_with_it(system, places):
    """No row has it, and the archive is sound."""
    webhook, secret = system.webhooks.add("toy", "https://toy.example/hook")
    with system.archive.database.reading() as connection:
        [row] = connection.execute(select(webhooks)).all()
    assert secret.encode() not in row.secret
    walk = check_archive(places[0], keys_url=places[1])
    assert list(walk) == []
    assert walk.counts.orphan_keys == 0
    with pytest.raises(WebhookError):
        system.webhooks.remove("tay", webhook.id)
    system.webhooks.remove("toy", webhook.id)
    assert system.webhooks.all_of(None) == ()
    assert not system.archive.keys.find([webhook.id])


def test_what_was_long_ago_is_forgotten(system, sent, work, target, clock):
    """Along with batches."""
    system.webhooks.add("toy", target.url)
    send(system, work, sent.by_line("1"))
    clock.move(days=31)
    work(system)
    with system.archive.database.reading() as connection:
        assert connection.execute(select(outbox)).all() == []


NO_ADDRESSES = [
    "",
    "toy.example",
    "ftp://toy.example/",
    "file:///etc/passwd",
    "http://toy.example/",
    "https://",
    "https://user:pass@toy.example/",
    "https://toy.example:0/",
    "https://toy.example:99999/",
    "https://toy.example/#fragment",
    "https://toy.example/a b",
    "https://toy.example/\r\nX: y",
    "https://toy.example\\@127.0.0.1/",
    "https://řeka.example/",
    "https://toy.example/" + "x" * 2000,
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused(url):
    """Before anything is kept."""
    with pytest.raises(WebhookError, match="no address"):
        check_address(url, plain=False)


NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "nonsense",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_reached_by_no_name(address):
    """Not alone, nor beside one that is."""
    assert not is_public(address)
    for found in ([address], ["93.184.216.34", address]):
        sender = Sender(resolve=lambda host, port, found=found: found)
        with pytest.raises(WebhookError, match="not in the public network"):
            sender.send("https://toy.example/", b"{}", headers={})


def test_what_is_public_is():
    """Or nothing could ever be sent."""
    for address in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"):
        assert is_public(address), address


def test_the_very_address_that_was_looked_at_is_reached(target):
    """A name that resolves otherwise the next time leads nowhere."""
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    sender = Sender(plain=True, private=True, resolve=resolve)
    port = target.url.rpartition(":")[2]
    assert sender.send(f"http://rebinding.example:{port}/x?y=1", b"{}", headers={"A": "b"}) == 204
    assert asked == ["rebinding.example"]
    assert target.letters[0][0]["Host"] == f"rebinding.example:{port}"


class Silent:
    """A resolver that answers for some names and never for others, until it is let go."""

    def __init__(self):
        self.asked = []
        self.go_on = threading.Event()

    def __call__(self, host, port):
        self.asked.append(host)
        if host.startswith("silent"):
            self.go_on.wait()
        return ["127.0.0.1"]


@pytest.fixture
def silent():
    resolver = Silent()
    yield resolver
    resolver.go_on.set()


def test_a_resolver_that_never_answers_is_not_waited_for(silent):
    """The sender goes on although nobody has let the resolver go; nobody asks for the same name meanwhile."""
    sender = Sender(plain=True, private=True, seconds=0.01, resolve=silent)
    for _ in range(3):
        with pytest.raises(WebhookError, match="isn't resolved in time"):
            sender.send("http://silent.example/", b"{}", headers={})
    assert not silent.go_on.is_set()
    assert silent.asked == ["silent.example"]


def test_names_that_are_waited_for_are_bounded(silent):
    """Beyond that nobody is asked; what ends makes room."""
    resolver = Resolver(silent, seconds=0.01, most=2)
    for name in ("silent-1", "silent-2", "third"):
        with pytest.raises(TimeoutError):
            resolver.addresses(name, 443)
    assert silent.asked == ["silent-1", "silent-2"]
    asking = [thread for thread in threading.enumerate() if thread.name == "mikrocert-resolver"]
    silent.go_on.set()
    for thread in asking:
        thread.join()
    assert resolver.addresses("third", 443) == ["127.0.0.1"]


@pytest.mark.parametrize("fault", [OSError("no"), UnicodeError("no"), ValueError("geheim")])
def test_what_goes_wrong_with_a_resolver_is_told_to_who_asked(fault):
    """Whatever it is; of a fault of another kind its name is all."""

    def fail(host, port):
        raise fault

    with pytest.raises((OSError, UnicodeError)) as caught:
        Resolver(fail, seconds=60).addresses("host.example", 443)
    assert "geheim" not in str(caught.value)
    with pytest.raises(WebhookError, match="can't be resolved"):
        Sender(resolve=fail).send("https://host.example/", b"{}", headers={})


def test_an_institution_whose_name_hangs_keeps_the_worker_from_nothing(system, sent, work, target, silent):
    """Its webhook waits for its pause; the next one is told."""
    system.webhooks._sender = Sender(plain=True, private=True, seconds=1, resolve=silent)
    port = target.url.rpartition(":")[2]
    hanging, _ = system.webhooks.add("toy", f"http://silent.example:{port}/", kinds=["batch.ended"])
    system.webhooks.add("toy", f"http://other.example:{port}/", kinds=["batch.ended"])
    send(system, work, sent.by_line("1"))
    assert target.kinds == ["batch.ended"]
    [found] = [one for one in system.webhooks.all_of("toy") if one.id == hanging.id]
    assert found.failures == 1
    assert "in time" in found.fault


def test_no_redirect_is_followed(target):
    """Its status is what comes of it."""
    target.answers = [302]
    assert Sender(plain=True, private=True).send(target.url, b"{}", headers={}) == 302
    assert len(target.letters) == 1


def test_private_targets_are_of_sandboxes_only(toy, settings):
    """Whatever else the settings say."""
    with open_system(attrs.evolve(settings, sandbox=False), plugins=toy.plugins()) as system:
        assert not system.webhooks._sender.private
        with pytest.raises(WebhookError, match="no address"):
            system.webhooks.add("toy", "http://127.0.0.1/")


def test_kinds_and_numbers_of_webhooks_are_bounded(system):
    """A slip is told."""
    with pytest.raises(WebhookError, match=r"there is no batch\.done; there are: batch\.ended"):
        system.webhooks.add("toy", "https://toy.example/", kinds=["batch.done"])
    for _ in range(20):
        system.webhooks.add("toy", "https://toy.example/")
    with pytest.raises(WebhookError, match="at most 20"):
        system.webhooks.add("toy", "https://toy.example/")


def test_the_signature_is_that_of_the_standard():
    """The example of Standard Webhooks 1.0."""
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1614265330,
            body=b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_pauses_grow_for_three_days():
    """And end."""
    pauses = [next_pause(failures) for failures in range(1, 10)]
    assert pauses == sorted(pauses)
    assert next_pause(10) is None
