"""What the portal tells of requests: where they went and how that ended, and nothing that anybody sent."""

from __future__ import annotations

import io
import json
import re
from itertools import cycle

import anyio
import httpx
import pytest
from mikrocert.api import Logs, Measures
from mikrocert.settings import LogsSettings
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.observing import Observed, is_trusted

SECRETS = {
    "an identifier": ("K7mQx4Rt9bHz", "K7mQx4Rt9bHz"),
    "a name": ("Ďurůš", "%C4%8Eur%C5%AF%C5%A1"),
    "a token": (
        "mikrocert_k3Fx_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "mikrocert_k3Fx_9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    ),
    "another line": ("forged", "x%0Alevel=error%20event=forged%E2%80%A8"),
}
CONFIG = PortalConfig(limits=Limits(unknown_seconds=0, picture_seconds=0, misses=10_000))
PEER = "192.0.2.7"


class Telling:
    """A portal and what it tells."""

    def __init__(self, system, *, format_="json", proxies=(PEER,)):
        self.stream = io.StringIO()
        self.application = create_app(system, config=CONFIG)
        self._logs = Logs(LogsSettings(format_), stream=self.stream)
        self.measures = system.measures
        self._observed = Observed(self.application, logs=self._logs, measures=self.measures, proxies=proxies)

    def ask(self, *requests):
        """Ask one after the other; return the answers."""
        transport = httpx.ASGITransport(app=self._observed, raise_app_exceptions=False, client=(PEER, 1))

        async def asked():
            async with httpx.AsyncClient(
                transport=transport, base_url="https://mikrocertifikat.cz"
            ) as client:
                return [await client.request(method, path, **options) for method, path, options in requests]

        with self._logs.listening():
            return anyio.run(asked)

    @property
    def lines(self):
        return self.stream.getvalue().split("\n")[:-1]

    @property
    def events(self):
        return [json.loads(line) for line in self.lines]


def everywhere(application, sent):
    """Yield a request for every route and method there is, with these texts in every place of it."""
    texts = cycle(sent)
    for route in application.routes:
        for method in sorted(getattr(route, "methods", ())):
            path = re.sub(r"\{[^}]*\}", lambda _: next(texts), route.path)
            plain = {
                name: next(texts)
                for name in ("User-Agent", "Referer", "Cookie", "X-Request-ID", "X-Forwarded-For")
            }
            headers = {**plain, "Authorization": f"Bearer {next(texts)}", "Accept-Language": next(texts)}
            more = {"headers": headers, "params": {next(texts): next(texts)}}
            if method == "POST":
                more["files"] = {"file": (next(texts), next(texts).encode())}
            yield method, path, more
    yield "GET", f"/{next(texts)}/{next(texts)}", {}
    yield "DELETE", f"/verify/{next(texts)}", {}
    yield "SECRET", f"/verify/{next(texts)}", {}


@pytest.mark.parametrize("crash", [None, RuntimeError], ids=["answered", "crashing"])
@pytest.mark.parametrize("format_", ["json", "text"])
def test_nothing_that_anybody_sends_to_any_route_is_told(system, format_, crash):
    """Identifiers, names, tokens and lines, in path, query, headers, forms and files, also where answering crashes."""
    telling = Telling(system, format_=format_)
    system.crash = crash and crash(" ".join(secret for secret, _ in SECRETS.values()))
    requests = []
    for start in range(len(SECRETS)):  # so that each is in each place
        sent = [sent for _, sent in SECRETS.values()]
        requests += everywhere(telling.application, sent[start:] + sent[:start])
    answers = telling.ask(*requests)
    assert sum("event=request" in line or '"event": "request"' in line for line in telling.lines) == len(
        answers
    )
    assert len(answers) > 50
    text = telling.stream.getvalue()
    assert [secret for secret, _ in SECRETS.values() if secret in text] == []
    assert [sent for _, sent in SECRETS.values() if sent in text] == []
    assert PEER not in text
    if format_ == "json":
        routes = {event["route"] for event in telling.events if event["event"] == "request"}
        assert routes <= {"none", *(route.path_format for route in telling.application.routes)}
        assert "/verify/{identifier}" in routes


def test_no_label_has_what_anybody_sends(system):
    """However many requests of whatever kind there are, there are as many series as there are routes, methods and statuses."""
    system.measures = Measures(wanted=True)
    telling = Telling(system)
    for start in range(len(SECRETS)):
        sent = [sent for _, sent in SECRETS.values()]
        telling.ask(*everywhere(telling.application, sent[start:] + sent[:start]))
    labels = {
        (name, value)
        for family in system.measures.registry.collect()
        for sample in family.samples
        for name, value in sample.labels.items()
    }
    routes = {"none", *(route.path_format for route in telling.application.routes)}
    assert {value for name, value in labels if name == "route"} <= routes
    assert {value for name, value in labels if name == "method"} <= {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "OPTIONS",
        "DELETE",
        "other",
    }
    assert {name for name, _ in labels} == {"route", "method", "status", "le"}


def test_uploads_in_memory_are_counted_until_they_are_answered(system, monkeypatch):
    """Nothing is left once the answer is there."""
    system.measures = Measures(wanted=True)
    telling, taken = Telling(system), []

    def verify(fake, data, *, at=None):
        taken.append(system.measures.registry.get_sample_value("mikrocert_uploads_octets"))
        return fake.reports["unusable"]

    monkeypatch.setattr(type(system), "verify_confined", verify)
    telling.ask(("POST", "/verify", {"files": {"file": ("a", b"x" * 1000)}}))
    assert taken == [1000]
    assert system.measures.registry.get_sample_value("mikrocert_uploads_octets") == 0


def test_a_request_is_told_by_where_it_went_and_how_it_ended(system):
    """Template of the route, method, status, octets, time, and the id that the visitor gets too."""
    telling = Telling(system)
    (answer,) = telling.ask(("GET", "/verify/wrong", {}))
    (event,) = telling.events
    assert event.pop("at")
    assert event.pop("milliseconds") >= 0
    assert event == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "octets": len(answer.content),
        "request": answer.headers["x-request-id"],
        "route": "/verify/{identifier}",
        "status": 404,
    }


def test_a_crash_is_told_beside_its_request(system):
    """Class and place of the error, under the id that the visitor got."""
    telling = Telling(system)
    system.crash = RuntimeError("Ďurůš")
    (answer,) = telling.ask(("GET", "/verify/K7mQx4Rt9bHz", {}))
    crash, request = telling.events
    assert (crash["event"], crash["error"], crash["level"]) == ("a request failed:", "RuntimeError", "error")
    assert (request["event"], request["status"], request["level"]) == ("request", 500, "warning")
    assert crash["request"] == request["request"] == answer.headers["x-request-id"]


IDS = {
    "of a proxy": ("9f8e7d6c5b4a39281706f5e4d3c2b1a0", (PEER,), True),
    "of a proxy in a network": ("9f8e7d6c-5b4a-3928-1706-f5e4d3c2b1a0", ("192.0.2.0/24",), True),
    "of anybody": ("9f8e7d6c5b4a39281706f5e4d3c2b1a0", (), False),
    "of a proxy, an identifier": ("K7mQx4Rt9bHz", (PEER,), False),
    "of a proxy, endless": ("a" * 65, (PEER,), False),
    "of a proxy, two lines": ("9f8e7d6c5b4a3928\n1706f5e4d3c2b1a0", (PEER,), False),
}


@pytest.mark.parametrize(("sent", "proxies", "taken"), IDS.values(), ids=IDS)
def test_only_a_trusted_proxy_names_a_request(system, sent, proxies, taken):
    """And only by what can't mean anything; else a request gets an id of its own."""
    telling = Telling(system, proxies=proxies)
    (answer,) = telling.ask(("GET", "/livez", {"headers": [(b"x-request-id", sent.encode())]}))
    (event,) = telling.events
    assert event["request"] == answer.headers["x-request-id"]
    assert (event["request"] == sent) is taken


@pytest.mark.parametrize(
    ("host", "proxies", "expected"),
    [
        (None, ("*",), False),
        ("unix", ("*",), True),
        ("unix", ("192.0.2.0/24",), False),
        ("2001:db8::1", ("192.0.2.0/24", "2001:db8::/32"), True),
        ("192.0.2.1", ("nonsense",), False),
    ],
)
def test_who_is_a_trusted_proxy(host, proxies, expected):
    """Addresses, networks, and any of those that have an address."""
    assert is_trusted(host, proxies) is expected
