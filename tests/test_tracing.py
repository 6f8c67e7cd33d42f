"""What is exported of a whole issue, its verification, its revocation and a share: how long each step took, and nothing of anybody."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from threading import Thread
from urllib.parse import urlsplit

import anyio
import attrs
import httpx
import pytest
from mikrocert.accounts import Scope
from mikrocert.api import Logs, Measures
from mikrocert.award.canonical import award_to_json
from mikrocert.jobs import Worker
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.service.workforce import worker_name
from mikrocert.settings import load_settings
from mikrocert.testing import example_award
from mikrocert.tracing.exporting import ExportedTracing
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.observing import Observed
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.ripska import with_ripska

pytestmark = pytest.mark.system

NUMBER = "UŘ/2026/ďstopa"
PEER = "192.0.2.7"
LIMITS = Limits(unknown_seconds=0, issue_seconds=300, misses=10_000)
TRACE = "0af7651916cd43dd8448eb211c80319c"


@attrs.define
class Traced:
    """What was exported, and everything about people and what belongs to them that went through."""

    spans: tuple
    secrets: dict[str, str]
    statuses: list[int]


@pytest.fixture(scope="module")
def traced(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("traced") / "demo"
    shutil.copytree(demo, folder)
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = ExportedTracing(provider)
    with open_system(load_settings(folder / "mikrocert.toml"), plugins=with_ripska()) as system:
        system.__dict__["tracing"] = tracing
        how = {"actor": "test", "at": datetime.now(UTC)}
        system.accounts.add("ripska", **how)
        system.prepare_confined()  # as a server does, so that a file doesn't wait for the start of a process
        key = system.accounts.make_key("ripska", scopes=Scope, **how).secret
        worker = Worker(
            system.queue,
            system.tasks,
            changes=system.batches.changes,
            name=worker_name(),
            tracing=tracing,
        )
        thread = Thread(target=worker.run)
        thread.start()
        observed = Observed(
            create_app(system, config=PortalConfig(limits=LIMITS)),
            logs=Logs(None),
            measures=Measures(wanted=False),
            proxies=(PEER,),
            tracing=tracing,
        )
        try:
            yield anyio.run(lived, system, observed, key, exporter)
        finally:
            worker.stop()
            thread.join()


async def lived(system, application, key, exporter):
    """Issue, verify by all ways, share, open the share, revoke; return what was exported of it."""
    award = attrs.evolve(example_award(), evidence_number=NUMBER)
    body = strict_json.dumps(award_to_json(award)).encode()
    holds = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    statuses = []
    transport = httpx.ASGITransport(app=application, client=(PEER, 1))
    async with httpx.AsyncClient(
        transport=transport, base_url=system.settings.base_url, timeout=600
    ) as client:

        async def ask(method, address, **options):
            answer = await client.request(method, address, **options)
            statuses.append(answer.status_code)
            return answer

        parent = {
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
            "tracestate": f"a={NUMBER!a}",
            "baggage": f"n={key}",
        }
        issued = await ask("POST", "/api/v1/awards", content=body, headers=holds | parent)
        assert issued.status_code == 201, issued.text
        receipt = issued.json()
        identifier, page = receipt["identifier"], urlsplit(receipt["holder_link"]).path
        await ask("GET", f"/verify/{identifier}")
        await ask("GET", f"/api/v1/verify/{identifier}")
        file = await ask("GET", urlsplit(receipt["files"]["credential"]).path, headers=holds)
        await ask("POST", "/verify", files={"file": (f"{award.learner.family_name}.jsonld", file.content)})
        note = f"pro {award.learner.family_name}"
        fields = {"scope": "all", "until": "week", "date": "", "most": "", "note": note}
        made = await ask("POST", f"{page}/shares", data=fields)
        shown = await ask("GET", made.headers["location"])
        [share] = set(re.findall(r"/s/[A-Za-z0-9]+", shown.text))
        opened = await ask("POST", share)
        await ask("GET", opened.headers["location"])
        await ask(
            "POST",
            f"/api/v1/credentials/{identifier}/revoke",
            json={"reason": "Omyl při zápisu."},
            headers=holds,
        )
    learner = award.learner
    secrets = {
        "the identifier": identifier,
        "the record number": NUMBER,
        "the holder's secret": page.rpartition("/")[2],
        "the share's token": share.rpartition("/")[2],
        "the key": key,
        "the family name": learner.family_name,
        "the given name": learner.given_name,
        "the title": award.title.best("cs"),
        "the reason": "Omyl při zápisu.",
        "the address of who asks": PEER,
        "the address of the service": urlsplit(system.settings.base_url).netloc,
    }
    return Traced(exporter.get_finished_spans(), secrets, statuses)


def words_of(span):
    """Return everything of a span that is exported, as one text."""
    exported = json.loads(span.to_json())
    return json.dumps([exported, str(span.get_span_context().trace_state)], ensure_ascii=False)


def revealed(spans, secrets):
    """Return the names of secrets that stand anywhere in what is exported, as they are or as JSON has them."""
    texts = [words_of(span) for span in spans]
    return [
        name
        for name, secret in secrets.items()
        if any(
            form in text for text in texts for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])
        )
    ]


def test_everything_went_well(traced):
    """Or what follows would say nothing."""
    assert [status for status in traced.statuses if status >= 400] == []
    assert len(traced.statuses) > 8
    assert all(len(secret) > 3 for secret in traced.secrets.values())


def test_no_span_has_anything_of_anybody(traced):
    """Neither in its name, its attributes, its events nor its state, whatever came along in the header fields."""
    assert revealed(traced.spans, traced.secrets) == []


def test_it_would_be_seen_in_any_place_of_a_span(traced):
    """In a name, in an attribute, in an event, and in what an error says."""
    for name, secret in traced.secrets.items():
        for place in ("name", "attribute", "event"):
            exporter, provider = InMemorySpanExporter(), TracerProvider()
            provider.add_span_processor(SimpleSpanProcessor(exporter))
            tracer = provider.get_tracer("test")
            with tracer.start_as_current_span(secret if place == "name" else "x") as one:
                if place == "attribute":
                    one.set_attribute("x", secret)
                if place == "event":
                    one.record_exception(ValueError(secret))
            assert revealed(exporter.get_finished_spans(), traced.secrets) != [], (name, place)


def test_attributes_are_numbers_and_words_of_the_code(traced):
    """No value is there as often as there are persons, credentials or addresses, but for the number of a request."""
    allowed = {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "error.type",
        "mikrocert.attempt",
        "mikrocert.awards",
        "mikrocert.files",
        "mikrocert.request",
    }
    for span in traced.spans:
        assert set(span.attributes) <= allowed, span.name
        assert span.events == ()
        assert span.status.description is None


def test_each_step_is_a_span_within_what_it_belongs_to(traced):
    """Requests, the job with the phases of issuing in it, signing, time stamps, revocation data, units of the archive, verifying."""
    by_id = {span.get_span_context().span_id: span for span in traced.spans}

    def path(span):
        above = (
            []
            if span.parent is None
            else path(by_id[span.parent.span_id])
            if span.parent.span_id in by_id
            else ["outside"]
        )
        return [*above, span.name]

    paths = {" > ".join(path(span)) for span in traced.spans}
    phases = ["build", "secure", "render", "secure documents", "record"]
    job = next(one for one in paths if one.endswith(" > issue"))
    assert job.startswith("job: ")
    assert f"{job.removesuffix(' > issue')} > issue: judge" in paths
    for phase in phases:
        assert f"{job} > issue: {phase}" in paths
    assert f"{job} > issue: record > archive unit" in paths
    assert f"{job} > issue: secure > sign" in paths
    assert f"{job} > issue: secure > finish > ask for a time stamp" in paths
    assert f"{job} > issue: secure documents > finish > ask for a time stamp" in paths
    assert any(one.endswith("ask for a revocation state") for one in paths)
    assert "outside > POST /api/v1/awards" in paths
    assert any(one.startswith("GET /verify/{identifier") and one.endswith(" > verify") for one in paths)
    assert any(one.startswith("POST /h/{secret") and one.endswith("archive change") for one in paths)


def test_a_trace_goes_on_where_a_trusted_proxy_says_so(traced):
    """With its number, and only for the request that said so."""
    numbers = {
        f"{span.get_span_context().trace_id:032x}"
        for span in traced.spans
        if span.name == "POST /api/v1/awards"
    }
    assert numbers == {TRACE}
    others = {f"{span.get_span_context().trace_id:032x}" for span in traced.spans if "verify" in span.name}
    assert TRACE not in others
