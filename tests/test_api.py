"""The interface for programs over a real archive: issuing, looking up, correcting, revoking, and whose is what."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
import uuid
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
import httpx
import jsonschema_rs
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from mikrocert.accounts import Deed, ProposalStore, Scope
from mikrocert.accounts.proposals import Request
from mikrocert.archive import ErasureReason
from mikrocert.award.canonical import award_to_json
from mikrocert.jobs import Worker
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.service.workforce import worker_name
from mikrocert.settings import load_settings
from mikrocert.testing import example_award
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

from tests.ripska import with_ripska

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.system

LIMITS = Limits(misses=10_000, calls=100_000, unknown_seconds=0, issue_seconds=300)
UNKNOWN = "1111111111zz"


KEYS: dict[str, str] = {}
"""Institution → its key."""

TOKENS: dict[str, Callable[[], str]] = {}
"""Institution → gives a client of it a token."""


@pytest.fixture(scope="module")
def system(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api") / "demo"
    shutil.copytree(demo, folder)
    with open_system(load_settings(folder / "mikrocert.toml"), plugins=with_ripska()) as opened:
        how = {"actor": "test", "at": datetime.now(UTC)}
        opened.accounts.add("ripska", **how)
        for institution in ("mu", "ripska"):
            KEYS[institution] = opened.accounts.make_key(institution, scopes=Scope, **how).secret
            TOKENS[institution] = a_client_of(opened, institution, **how)
        with working(opened):
            yield opened


def a_client_of(system, institution, **how):
    """Register a client of an institution; return what gives it a token."""
    key = ECKey.generate_key("P-256")
    jwks = json.dumps(key.as_dict(private=False)).encode()
    client = system.accounts.clients.add(institution, scopes=Scope, jwks=jwks, **how).identifier

    def token():
        at, audience = datetime.now(UTC), system.settings.base_url
        claims = {"iss": client, "sub": client, "aud": audience, "jti": uuid.uuid4().hex}
        claims |= {"iat": int(at.timestamp()), "exp": int(at.timestamp()) + 60}
        assertion = jwt.encode({"alg": "ES256"}, claims, key)
        clients = system.accounts.clients
        return clients.token(assertion=assertion, audiences=[audience], address=None, at=at).secret

    return token


@contextmanager
def working(system):
    """Have jobs done by a worker beside the test."""
    worker = Worker(system.queue, system.tasks, changes=system.batches.changes, name=worker_name())
    thread = Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


@pytest.fixture(scope="module")
def client(system):
    application = create_app(system, config=PortalConfig(limits=LIMITS))
    with TestClient(application, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        client.headers["accept-language"] = "en"
        yield client


def key_of(institution):
    """Return the header field that shows the key of an institution."""
    return {"authorization": f"Bearer {KEYS[institution]}"}


def token_of(institution):
    """Return the header field that shows a token in place of the key."""
    return {"authorization": f"Bearer {TOKENS[institution]()}"}


SHOWN = pytest.mark.parametrize("shown", [key_of, token_of], ids=["key", "token"])


def an_award(number, **changes):
    """Return an award in the canonical form under an evidence number of its own."""
    award = attrs.evolve(example_award(), evidence_number=f"UŘ/2026/ď{number}", **changes)
    return json.loads(strict_json.dumps(award_to_json(award)))


@pytest.fixture(scope="module")
def receipt(client):
    """Return the receipt of one award of the second university."""
    response = client.post("/api/v1/awards", json=an_award("first"), headers=key_of("ripska"))
    assert response.status_code == 201, response.text
    return response.json()


@pytest.fixture(scope="module")
def document(client):
    return client.get("/api/v1/openapi.json").json()


@pytest.fixture(scope="module")
def holds(document):
    """Return a function that holds an answer against what the document says of it."""
    parts = json.loads(json.dumps(document["components"]).replace("#/components/schemas/", "#/$defs/"))[
        "schemas"
    ]

    def hold(response, method, path):
        operation = document["paths"][path][method]
        described = operation["responses"][str(response.status_code)]
        kind = response.headers["content-type"].partition(";")[0]
        schema = described["content"][kind]["schema"]
        if kind.endswith("json"):
            schema = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))
            jsonschema_rs.Draft202012Validator({"$defs": parts, **schema}).validate(response.json())
        return response

    return hold


def test_an_award_becomes_a_receipt_whose_files_verify(client, receipt, holds):
    """What is issued has a link and both files, and they verify for everybody."""
    identifier = receipt["identifier"]
    assert receipt["link"] == f"http://127.0.0.1:8000/verify/{identifier}"
    assert set(receipt["files"]) == {"credential", "certificate"}
    for address in receipt["files"].values():
        file = client.get(address, headers=key_of("ripska"))
        assert file.status_code == 200
        assert identifier in file.headers["content-disposition"]
        verified = holds(client.post("/api/v1/verify", content=file.content), "post", "/verify")
        assert (verified.json()["verdict"], verified.json()["identifier"]) == ("valid", identifier)
        again = client.get(address, headers={**key_of("ripska"), "if-none-match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    archived = holds(client.get(f"/api/v1/verify/{identifier}"), "get", "/verify/{identifier}")
    assert archived.json()["verdict"] == "valid"


def test_the_same_award_again_is_the_same_receipt(client, receipt, holds):
    """Sent again, however written, it is 200 with the very same receipt, save for the holder's link, which is told once."""
    assert receipt["holder_link"].startswith("http://127.0.0.1:8000/h/")
    for content in (
        json.dumps(an_award("first")),
        json.dumps(an_award("first"), indent=3, ensure_ascii=False),
    ):
        again = client.post(
            "/api/v1/awards",
            content=content.encode(),
            headers={**key_of("ripska"), "content-type": "application/json"},
        )
        assert (again.status_code, again.json()) == (200, {**receipt, "holder_link": None})
        holds(again, "post", "/awards")


def test_a_holder_has_shares_by_the_api_of_the_university(client, receipt, holds):
    """Each answer is as the document says; what is made is opened, withdrawn, and looked at by nobody else."""
    key, one = key_of("ripska"), f"/api/v1/credentials/{receipt['identifier']}"
    path = "/credentials/{identifier}"
    made = holds(client.post(f"{one}/shares", json={"scope": "title"}, headers=key), "post", f"{path}/shares")
    assert made.status_code == 201
    share = made.json()["link"].removeprefix("http://127.0.0.1:8000")
    opened = client.post(share, headers={"accept": "application/json"})
    assert (opened.status_code, opened.json()["verdict"], opened.json()["identifier"]) == (200, "valid", None)
    assert "Ďuriš" not in opened.text
    listed = holds(client.get(f"{one}/shares", headers=key), "get", f"{path}/shares")
    assert [(entry["number"], entry["opened"]) for entry in listed.json()["shares"]] == [(1, 1)]
    withdrawn = client.delete(f"{one}/shares/1", headers=key)
    assert holds(withdrawn, "delete", f"{path}/shares/{{number}}").json()["ended"] == "withdrawn"
    assert client.get(share).status_code == 410
    for access, status in (("closed", 410), ("summary", 200), ("open", 200)):
        holds(client.put(f"{one}/access", json={"access": access}, headers=key), "put", f"{path}/access")
        assert holds(client.get(f"{one}/access", headers=key), "get", f"{path}/access").json() == {
            "access": access
        }
        verified = client.get(f"/api/v1/verify/{receipt['identifier']}")
        assert verified.status_code == status
        holds(verified, "get", "/verify/{identifier}")
    renewed = holds(client.post(f"{one}/holder-link", headers=key), "post", f"{path}/holder-link").json()
    for link, status in ((receipt["holder_link"], 410), (renewed["holder_link"], 200)):
        assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == status
    foreign = client.post(f"{one}/holder-link", headers=key_of("mu"))
    assert foreign.status_code == 404


def test_changed_content_is_a_conflict_that_names_the_earlier_one(client, receipt, holds):
    """409, with the identifier that a correction would name."""
    changed = client.post(
        "/api/v1/awards", json=an_award("first", languages=("en",)), headers=key_of("ripska")
    )
    assert changed.status_code == 409
    holds(changed, "post", "/awards")
    assert changed.json()["code"] == "changed-content"
    assert changed.json()["identifier"] == receipt["identifier"]


def test_all_faults_come_at_once_in_the_language_asked_for(client, holds):
    """422 with every fault: path, code and message."""
    award = an_award("bad")
    award |= {"languages": [], "level": {"eqf": 9}, "nonsense": 1}
    told = {
        language: holds(
            client.post(
                "/api/v1/awards", json=award, headers={**key_of("ripska"), "accept-language": language}
            ),
            "post",
            "/awards",
        ).json()
        for language in ("cs", "en")
    }
    paths = {finding["path"] for finding in told["en"]["findings"]}
    assert {"languages", "level.eqf", "nonsense"} <= paths
    assert [finding["code"] for finding in told["cs"]["findings"]] == [
        finding["code"] for finding in told["en"]["findings"]
    ]
    assert told["cs"]["findings"][0]["message"] != told["en"]["findings"][0]["message"]


def test_a_dry_run_leaves_nothing(client, system, holds):
    """It is answered what would be, and nothing is there afterwards."""
    before = system.archive.count()
    tried = client.post("/api/v1/awards?dry_run=true", json=an_award("dry"), headers=key_of("ripska"))
    assert tried.status_code == 200, tried.text
    holds(tried, "post", "/awards")
    assert tried.json()["dry_run"] is True
    refused = client.post(
        "/api/v1/awards?dry_run=true", json={"evidence_number": "1"}, headers=key_of("ripska")
    )
    assert refused.status_code == 422
    assert system.archive.count() == before


def test_an_institution_may_send_its_own_record(client, demo, holds):
    """A record in the layout of the institution's own intake is issued as well; several are no single award."""
    export = (demo / "is-mu-2026.json").read_bytes()
    kind = {"content-type": "application/vnd.mikrocert.record"}
    many = client.post("/api/v1/awards", content=export, headers={**key_of("mu"), **kind})
    assert (many.status_code, many.json()["findings"][0]["code"]) == (422, "one-award")
    document = json.loads(export)
    [records] = [value for value in document.values() if isinstance(value, list)]
    del records[1:]
    one = client.post(
        "/api/v1/awards", content=json.dumps(document).encode(), headers={**key_of("mu"), **kind}
    )
    assert one.status_code == 200, one.text  # the demo issued it
    holds(one, "post", "/awards")


def test_a_correction_replaces_and_a_revocation_ends(client, holds):
    """The earlier one points to the later one; only the later one can be revoked, and again without effect."""
    first = client.post("/api/v1/awards", json=an_award("wrong"), headers=key_of("ripska")).json()[
        "identifier"
    ]
    path = f"/api/v1/credentials/{first}"
    sent = {"reason": "oprava jazyka", "award": an_award("wrong", languages=("en",))}
    replaced = client.post(f"{path}/replace", json=sent, headers=key_of("ripska"))
    assert replaced.status_code == 201, replaced.text
    holds(replaced, "post", "/credentials/{identifier}/replace")
    second = replaced.json()["identifier"]
    again = client.post(f"{path}/replace", json=sent, headers=key_of("ripska"))
    assert (again.status_code, again.json()) == (200, {**replaced.json(), "holder_link": None})
    shown = holds(client.get(path, headers=key_of("ripska")), "get", "/credentials/{identifier}").json()
    assert (shown["state"], shown["successor"], shown["reason"]) == ("replaced", second, "oprava jazyka")
    ended = client.post(f"{path}/revoke", json={"reason": "omyl"}, headers=key_of("ripska"))
    assert (ended.status_code, ended.json()["successor"]) == (409, second)
    holds(ended, "post", "/credentials/{identifier}/revoke")
    for reason in ("vydáno omylem", "jiný důvod"):
        revoked = client.post(
            f"/api/v1/credentials/{second}/revoke", json={"reason": reason}, headers=key_of("ripska")
        )
        holds(revoked, "post", "/credentials/{identifier}/revoke")
        assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
        assert revoked.json()["reason"] == "vydáno omylem"
    history = holds(
        client.get(f"/api/v1/credentials/{second}/history", headers=key_of("ripska")),
        "get",
        "/credentials/{identifier}/history",
    )
    assert [event["kind"] for event in history.json()["history"]] == ["issued", "revoked"]
    assert client.get(f"/api/v1/verify/{second}").json()["status"]["state"] == "revoked"
    both = client.get("/api/v1/credentials?evidence_number=UŘ/2026/ďwrong", headers=key_of("ripska")).json()[
        "credentials"
    ]
    assert [one["identifier"] for one in both] == [second, first]


@pytest.mark.parametrize(
    ("reason", "why"),
    [("", "blank"), ("   ", "blank"), ("a\nb", "two lines"), ("x" * 501, "long"), ("rodné číslo 900101/0007", "birth number"), ("\u202eřuk", "turned round"), (None, "none"), (1, "a number")],
)  # fmt: skip
def test_a_reason_that_verifiers_can_not_read_is_refused(client, receipt, holds, reason, why):
    """Nothing is revoked or replaced for such a reason."""
    path = f"/api/v1/credentials/{receipt['identifier']}"
    for action, sent in (("revoke", {}), ("replace", {"award": an_award("first", languages=("en",))})):
        refused = client.post(f"{path}/{action}", json={"reason": reason, **sent}, headers=key_of("ripska"))
        assert refused.status_code == 422, why
        holds(refused, "post", f"/credentials/{{identifier}}/{action}")
        assert [finding["path"] for finding in refused.json()["findings"]] == ["reason"]
    assert client.get(f"{path}/status", headers=key_of("ripska")).json()["state"] == "live"


def test_pages_have_everything_once(client, demo, holds):
    """Whatever the limit, following the cursors gives each credential once, in the order of issuing, and ends."""
    everything = client.get("/api/v1/credentials?limit=100", headers=key_of("mu")).json()
    assert everything["next"] is None
    wanted = [one["identifier"] for one in everything["credentials"]]
    assert set(wanted) == {path.stem for path in demo.glob("*.jsonld")}
    for limit in (1, 2, 5):
        found, query = [], f"limit={limit}"
        while True:
            page = holds(
                client.get(f"/api/v1/credentials?{query}", headers=key_of("mu")), "get", "/credentials"
            )
            found += [one["identifier"] for one in page.json()["credentials"]]
            if page.json()["next"] is None:
                assert "link" not in page.headers
                break
            [following] = re.findall(r'<.*\?(.*)>; rel="next"', page.headers["link"])
            assert len(page.json()["credentials"]) == limit
            query = following
        assert found == wanted


@pytest.mark.parametrize(
    ("query", "all_of_them"),
    [("state=live", True), ("state=revoked", False), ("since=2026-01-01", True), ("until=2020-01-01", False), ("since=2999-01-01", False)],
)  # fmt: skip
def test_a_list_has_what_is_wanted(client, demo, query, all_of_them):
    """By state and by day."""
    found = client.get(f"/api/v1/credentials?{query}", headers=key_of("mu")).json()["credentials"]
    assert len(found) == (len(list(demo.glob("*.jsonld"))) if all_of_them else 0)


LEARNERS = ("Jiří Ďurůš", "Bc. Řehořka Kovářová-Ďurůšová", "Oldřich Ďurůš")
OF_NAMES = {  # what is asked for → which of them are found
    "Ďurůš": {0, 2},
    "durus": {0, 2},
    "DURUS jiri": {0},
    unicodedata.normalize("NFD", "Oldřich Ďurůš"): {2},
    "Ďurůšová": {1},
    "Bc. Řehořka": {1},
    "Ďur": set(),
    "Ďurůš Řehořka": set(),
    "Ďurůš%": {0, 2},
    "…": set(),
}


@pytest.fixture(scope="module")
def learners(client):
    """Return the identifiers of credentials of these learners, whom one institution has."""
    made = []
    for number, name in enumerate(LEARNERS):
        given, family = name.removeprefix("Bc. ").rsplit(" ", 1)
        award = an_award(f"of-{number}")
        award["learner"] = {**award["learner"], "given_name": given, "family_name": family}
        award["learner"].pop("full_name", None)
        answer = client.post("/api/v1/awards", json=award, headers=key_of("ripska"))
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["identifier"])
    return made


@pytest.mark.parametrize("name", OF_NAMES)
def test_learners_are_found_by_name_within_ones_own(client, learners, holds, name):
    """By whole words of it, however they are written; page by page; and another institution finds nobody."""

    def found(institution, **more):
        answer = client.get(
            "/api/v1/credentials", params={"learner": name, **more}, headers=key_of(institution)
        )
        return holds(answer, "get", "/credentials").json()

    wanted = {learners[number] for number in OF_NAMES[name]}
    assert {one["identifier"] for one in found("ripska")["credentials"]} == wanted
    assert found("ripska", state="revoked")["credentials"] == []
    assert found("ripska", until="2020-01-01")["credentials"] == []
    assert found("mu")["credentials"] == []
    paged, cursor = [], {}
    for _ in range(len(wanted) + 2):
        page = found("ripska", limit=1, **cursor)
        paged += [one["identifier"] for one in page["credentials"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == sorted(wanted)


def test_a_record_number_and_a_name_do_not_go_together(client, learners):
    """Rather than that one of them counted for nothing."""
    query = {"learner": "Ďurůš", "evidence_number": "UŘ/2026/ďof-0"}
    answer = client.get("/api/v1/credentials", params=query, headers=key_of("ripska"))
    assert (answer.status_code, answer.json()["findings"][0]["path"]) == (400, "learner")


def test_what_was_erased_keeps_its_status(client, system, holds):
    """Its files are gone, its status and that it was erased are there, for its institution alone."""
    identifier = client.post("/api/v1/awards", json=an_award("erased"), headers=key_of("ripska")).json()[
        "identifier"
    ]
    system.erase(identifier, reason=ErasureReason.OTHER)
    path = f"/api/v1/credentials/{identifier}"
    shown = holds(client.get(path, headers=key_of("ripska")), "get", "/credentials/{identifier}").json()
    assert shown["erased_at"]
    assert (shown["files"], shown["learner"]) == ({}, None)
    gone = [
        client.get(f"{path}/credential", headers=key_of("ripska")),
        client.get(f"{path}/certificate", headers=key_of("ripska")),
        client.post(f"{path}/revoke", json={"reason": "omyl"}, headers=key_of("ripska")),
        client.get(f"/api/v1/verify/{identifier}"),
        client.post("/api/v1/awards", json=an_award("erased"), headers=key_of("ripska")),
    ]
    assert {response.status_code for response in gone} == {410}
    assert client.get(path, headers=key_of("mu")).status_code == 404


def described(document):
    """Yield every operation that needs a key and names something, with its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["security"] and "{" in path:
                yield method, path, operation


@pytest.fixture(scope="module")
def foreign(receipt, demo):
    """Return of each institution the credentials of the other one."""
    return {"mu": [receipt["identifier"]], "ripska": sorted(path.stem for path in demo.glob("*.jsonld"))}


@SHOWN
def test_what_is_another_institutions_is_the_same_as_what_is_not_there(
    client, system, document, foreign, shown
):
    """Each institution sees its own and nothing else: on every route of the document, with every foreign identifier, the answer is,
    to the letter, that of an identifier that nobody has; and nothing changes."""
    state = {one: system.archived(one) for all_of_them in foreign.values() for one in all_of_them}
    content, kind = lines_of(an_award("theirs")), {"content-type": "application/jsonl"}
    sent = client.post("/api/v1/batches?dry_run=true", content=content, headers={**shown("ripska"), **kind})
    request = Request(Deed.REVOKE, "ripska", foreign["mu"][0], "key x", datetime.now(UTC), {"reason": "omyl"})
    with system.archive.unit() as unit:
        proposal = request.proposal(days=1)
        ProposalStore(system.archive).add(unit.connection, proposal)
    foreign = {**foreign, "mu": [*foreign["mu"], sent.json()["batch"], proposal.id]}
    for owner, other in (("mu", "ripska"), ("ripska", "mu")):
        client.post("/api/v1/types", json=a_type(id=f"of-{owner}"), headers=shown(owner))
        foreign[other] = [*foreign[other], f"of-{owner}"]
    types = {one: system.catalogue.types(one) for one in foreign}
    tried = 0
    for method, path, operation in described(document):
        how = {}
        if "requestBody" in operation:
            [(kind, content)] = operation["requestBody"]["content"].items()
            how = {"content": json.dumps(content["example"]).encode()}
            how["headers"] = {"content-type": kind}
        examples = {
            parameter["name"]: parameter["example"]
            for parameter in operation["parameters"]
            if parameter["in"] == "path"
        }
        for institution, identifiers in foreign.items():
            headers = {**how.get("headers", {}), **shown(institution)}

            def answer(identifier, *, headers=headers, path=path, method=method, how=how, examples=examples):
                names = dict.fromkeys(("identifier", "batch", "proposal", "type"), identifier)
                address = path.format(**{**examples, **names})
                response = client.request(method, f"/api/v1{address}", **{**how, "headers": headers})
                kept = {
                    name: value
                    for name, value in response.headers.items()
                    if name not in {"ratelimit", "date"}
                }
                return response.status_code, response.content, kept

            nothing = answer(UNKNOWN)
            assert nothing[0] == 404
            for identifier in identifiers:
                tried += 1
                assert answer(identifier) == nothing, (method, path)
    assert tried > 8 * 7
    assert {one: system.archived(one) for one in state} == state
    assert system.proposals.find("ripska", proposal.id).state.value == "waiting"
    assert {one: system.catalogue.types(one) for one in foreign} == types
    assert all(types.values())
    assert ended(client, sent)["state"] == "done"


@SHOWN
def test_lists_have_nothing_of_others(client, receipt, demo, shown):
    """Neither by number, nor by a cursor that another institution got, nor by one made by hand."""
    theirs = {path.stem for path in demo.glob("*.jsonld")}
    cursor = client.get("/api/v1/credentials?limit=1", headers=shown("mu")).json()["next"]
    for query in ("", f"?cursor={cursor}", "?limit=100"):
        found = client.get(f"/api/v1/credentials{query}", headers=shown("ripska")).json()["credentials"]
        assert {one["institution"] for one in found} <= {"ripska"}
        assert not theirs & {one["identifier"] for one in found}
    number = client.get(f"/api/v1/credentials/{receipt['identifier']}", headers=shown("ripska")).json()[
        "evidence_number"
    ]
    found = client.get("/api/v1/credentials", params={"evidence_number": number}, headers=shown("mu"))
    assert found.json() == {"credentials": [], "next": None}


def test_an_institution_sends_only_its_own_awards(client):
    """An award of another awarding body is refused, whoever's key it is."""
    refused = client.post("/api/v1/awards", json=an_award("theirs"), headers=key_of("mu"))
    assert refused.status_code == 422
    assert "awarding_body" in " ".join(finding["path"] for finding in refused.json()["findings"])


def test_the_command_line_and_the_interface_say_the_same(client, program, demo):
    """POST /verify answers what `mikrocert verify --json` prints, but for what only a command knows."""
    file = min(demo.glob("*.jsonld"))
    answered = client.post("/api/v1/verify", content=file.read_bytes()).json()
    printed = program.json("verify", file.name)
    for only_there in ("taken_as", "anchors", "settings"):
        del printed[only_there]
    for moment in (answered, printed):
        del moment["verified_at"]
    assert (
        hashlib.sha256(json.dumps(answered).encode()).digest()
        == hashlib.sha256(json.dumps(printed).encode()).digest()
    )


# Batches


def lines_of(*awards):
    return "".join(json.dumps(award, ensure_ascii=False) + "\n" for award in awards).encode()


def ended(client, response, institution="ripska"):
    """Return a batch that was sent, once it has ended."""
    assert response.status_code == 202, response.text
    while True:
        batch = client.get(f"{response.headers['location']}?wait=30", headers=key_of(institution)).json()
        if batch["ended_at"]:
            return batch


def results_of(client, batch, institution="ripska", query="limit=2"):
    """Return all results of a batch that has ended, page by page."""
    found, after = [], 0
    while after is not None:
        page = client.get(f"{batch['results']}?after={after}&{query}", headers=key_of(institution)).json()
        found += page["results"]
        after = page["next"]
    return found


def holder_links_of(client, holds, batch):
    """Have the holder's links of a batch made, page by page."""
    made, after = [], 0
    while after is not None:
        answer = client.post(
            f"{batch['address']}/holder-links?limit=1&after={after}", headers=key_of("ripska")
        )
        page = holds(answer, "post", "/batches/{batch}/holder-links").json()
        made, after = made + page["holder_links"], page["next"]
    return made


def test_a_batch_gives_a_result_for_each_record(client, holds):
    """Lines of awards are taken in at once; each is issued or refused with its faults, in order, and all files are in a ZIP."""
    content = lines_of(an_award("b1"), {"evidence_number": "UŘ/2026/ďb2"}, an_award("b3"))
    sent = client.post(
        "/api/v1/batches", content=content, headers={**key_of("ripska"), "content-type": "application/jsonl"}
    )
    holds(sent, "post", "/batches")
    batch = ended(client, sent)
    assert (batch["state"], batch["total"], batch["done"]) == ("done", 3, 3)
    assert (batch["issued"], batch["refused"]) == (2, 1)
    results = results_of(client, batch)
    assert [(one["number"], one["line"], one["refused"]) for one in results] == [
        (1, 1, False), (2, 2, True), (3, 3, False),
    ]  # fmt: skip
    assert {"learner", "title"} <= {finding["path"] for finding in results[1]["findings"]}
    [refused] = results_of(client, batch, query="refused=true")
    assert refused == results[1]
    holds(client.get(batch["results"], headers=key_of("ripska")), "get", "/batches/{batch}/results")
    holds(client.get(batch["address"], headers=key_of("ripska")), "get", "/batches/{batch}")
    packed = client.get(batch["files"], headers=key_of("ripska"))
    assert packed.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    issued = {one["identifier"] for one in results if one["identifier"]}
    assert {name.partition(".")[0].rpartition("/")[2] for name in names} == issued
    assert [one["holder_link"] is None for one in holder_links_of(client, holds, batch)] == [False, False]
    again = holder_links_of(client, holds, batch)
    assert [(one["identifier"], one["holder_link"]) for one in again] == [
        (one["identifier"], None) for one in results if one["identifier"]
    ]
    listed = holds(client.get("/api/v1/batches?limit=1", headers=key_of("ripska")), "get", "/batches").json()
    assert listed["batches"] == [batch]
    following = client.get(f"/api/v1/batches?before={listed['next']}", headers=key_of("ripska")).json()
    assert batch["batch"] not in {one["batch"] for one in following["batches"]}


def test_an_export_that_can_not_be_read_says_why(client, holds):
    """A batch of it is unusable, with findings in the language asked for."""
    kind = {"content-type": "application/vnd.mikrocert.export"}
    sent = client.post("/api/v1/batches", content=b"nonsense", headers={**key_of("mu"), **kind})
    batch = ended(client, sent, "mu")
    assert batch["state"] == "unusable"
    assert batch["findings"][0]["message"]
    empty = client.post("/api/v1/batches", content=b"", headers={**key_of("mu"), **kind})
    assert empty.status_code == 422
    holds(empty, "post", "/batches")


def test_a_request_chooses_among_the_intakes_of_its_institution(client, holds, demo):
    """Whatever the media type is; those of others are as unknown as those that aren't there."""
    export, address = (demo / "is-mu-2026.json").read_bytes(), "/api/v1/batches?dry_run=true&intake="
    as_json = {**key_of("mu"), "content-type": "application/json"}
    batch = ended(client, client.post(f"{address}is-mu", content=export, headers=as_json), "mu")
    assert (batch["state"], batch["refused"], batch["total"] > 1) == ("done", 1, True)
    own = {**key_of("mu"), "content-type": "application/vnd.mikrocert.export"}
    content = json.dumps({"awards": [an_award("i9")]}).encode()
    canonical = ended(client, client.post(f"{address}json", content=content, headers=own), "mu")
    assert (canonical["state"], canonical["total"]) == ("done", 1)
    lines = {**key_of("mu"), "content-type": "application/jsonl"}
    refused = {
        ("is-mu", "ripska"): {**key_of("ripska"), "content-type": "application/json"},
        ("elmo", "mu"): as_json,
        ("nobody", "mu"): own,
        ("is-mu", "lines"): lines,
    }
    for (intake, _), headers in refused.items():
        answer = holds(client.post(f"{address}{intake}", content=export, headers=headers), "post", "/batches")
        assert answer.status_code == 400
        [finding] = answer.json()["findings"]
        assert (finding["path"], intake in finding["message"]) == ("intake", False)
    assert client.post(f"{address}IS%20MU", content=export, headers=own).status_code == 400


def test_an_export_in_the_institutions_layout_is_read_by_its_intake(client, demo):
    """What the demo issued comes back with its receipts, and the faulty record is refused."""
    export = (demo / "is-mu-2026.json").read_bytes()
    kind = {"content-type": "application/vnd.mikrocert.export"}
    sent = client.post("/api/v1/batches?dry_run=true", content=export, headers={**key_of("mu"), **kind})
    batch = ended(client, sent, "mu")
    assert (batch["dry_run"], batch["issued"], batch["refused"]) == (True, 0, 1)
    assert batch["repeated"] == len(list(demo.glob("*.jsonld")))


def test_a_request_that_is_sent_again_with_its_key_gets_the_answer_of_the_first_time(client):
    """The same batch, also when it has ended; another request under that key is refused."""
    how = {**key_of("ripska"), "content-type": "application/jsonl", "idempotency-key": "sending 1"}
    first = client.post("/api/v1/batches", content=lines_of(an_award("i1")), headers=how)
    batch = ended(client, first)
    again = client.post("/api/v1/batches", content=lines_of(an_award("i1")), headers=how)
    assert again.json()["batch"] == batch["batch"]
    without = {name: value for name, value in how.items() if name != "idempotency-key"}
    other = client.post("/api/v1/batches", content=lines_of(an_award("i1")), headers=without)
    assert other.json()["batch"] != batch["batch"]
    for path, content in (
        ("/api/v1/batches", lines_of(an_award("i2"))),
        ("/api/v1/batches?dry_run=true", lines_of(an_award("i1"))),
    ):
        refused = client.post(path, content=content, headers=how)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    theirs = client.post("/api/v1/batches", content=lines_of(an_award("i1")), headers={**how, **key_of("mu")})
    assert theirs.json()["batch"] != batch["batch"]


def test_an_award_that_is_sent_again_with_its_key_is_created_twice_in_words_only(client):
    """The answer is that of the first time, 201, without the holder's link, which is told once; and there is one credential."""
    how = {**key_of("ripska"), "idempotency-key": "a" * 255}
    answers = [client.post("/api/v1/awards", json=an_award("i3"), headers=how) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["holder_link"]
    assert answers[1].json() == {**answers[0].json(), "holder_link": None}
    for key in ("", "a" * 256, "klíč".encode()):
        refused = client.post("/api/v1/awards", json=an_award("i3"), headers={**how, "idempotency-key": key})
        assert refused.status_code == 400


def test_what_failed_may_be_sent_again_under_its_key(client):
    """A request that was refused before anything came of it leaves its key free."""
    how = {**key_of("ripska"), "content-type": "application/jsonl", "idempotency-key": "empty"}
    assert client.post("/api/v1/batches", content=b"", headers=how).status_code == 422
    assert client.post("/api/v1/batches", content=lines_of(an_award("i4")), headers=how).status_code == 202


def test_an_award_that_takes_long_is_told_where_to_ask(system, holds):
    """202 with the address of its batch, where its receipt comes."""
    config = PortalConfig(limits=attrs.evolve(LIMITS, issue_seconds=0))
    with TestClient(create_app(system, config=config), base_url="http://127.0.0.1:8000") as client:
        sent = client.post("/api/v1/awards", json=an_award("long"), headers=key_of("ripska"))
        holds(sent, "post", "/awards")
        batch = ended(client, sent)
        assert (batch["state"], batch["issued"]) == ("done", 1)
        [result] = results_of(client, batch)
        assert client.get(result["credential"], headers=key_of("ripska")).status_code == 200


def test_a_cancelled_batch_ends(client):
    """Nothing more is done of it, and cancelling again changes nothing."""
    content = lines_of(*(an_award(f"c{number}") for number in range(60)))
    sent = client.post(
        "/api/v1/batches?dry_run=true",
        content=content,
        headers={**key_of("ripska"), "content-type": "application/jsonl"},
    )
    for _ in range(2):
        cancelled = client.delete(sent.headers["location"], headers=key_of("ripska"))
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")


def test_what_the_demo_serves_issues(demo, tmp_path):
    """`serve` of a machine on which one program does everything: an award sent with the demo's key becomes a receipt."""
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    program = [sys.executable, "-c", "from mikrocert.cli import main; main()"]
    process = subprocess.Popen(
        [*program, "--config", folder / "mikrocert.toml", "serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = process.stdout.readline().strip()
        key = (folder / "api-key.txt").read_text().strip()
        ask = {"headers": {"authorization": f"Bearer {key}"}, "timeout": 300}
        award = an_award("serve")
        del award["awarding_body"]  # the institution's own, from its profile
        answer = httpx.post(f"{address}/api/v1/awards", json=award, **ask)
        while answer.status_code == 202:  # a busy machine
            batch = urlsplit(answer.headers["location"]).path
            assert httpx.get(f"{address}{batch}?wait=10", **ask).status_code == 200
            answer = httpx.post(f"{address}/api/v1/awards", json=award, **ask)
        assert answer.status_code in {200, 201}, answer.text
        assert set(answer.json()["files"]) == {"credential", "certificate"}
        working = started_by(process.pid)
        assert len(working) > 1
    finally:
        process.terminate()
        _, output = process.communicate(timeout=300)  # its streams are those of all that it started
    assert process.returncode in {0, -signal.SIGTERM}, output
    assert "Traceback" not in output
    deadline = time.monotonic() + 100
    while any(Path(f"/proc/{pid}/stat").exists() for pid in working):
        assert time.monotonic() < deadline, "the worker outlives the server"


def started_by(pid):
    """Return the processes that a process started, those that these started among them."""
    own = [
        int(one) for file in Path(f"/proc/{pid}/task").glob("*/children") for one in file.read_text().split()
    ]
    return [*own, *(one for child in own for one in started_by(child))]


def test_what_needs_a_second_pair_of_eyes_waits_for_another_key(client, system, holds):
    """The answer says where; one's own key, and one that may do less, can't confirm it."""
    at = datetime.now(UTC)
    how = {"actor": "test", "at": at}
    issued = client.post("/api/v1/awards", json=an_award("four eyes"), headers=key_of("ripska")).json()
    system.accounts.want_four_eyes("ripska", [Deed.ISSUE, Deed.REVOKE], why="směrnice", **how)
    readers = system.accounts.make_key("ripska", scopes=[Scope.READ], note="čtení", **how).secret
    second = system.accounts.make_key("ripska", scopes=Scope, note="děkanát", **how).secret
    try:
        path = f"/api/v1/credentials/{issued['identifier']}/revoke"
        answers = [
            (
                client.post(path, json={"reason": "omyl"}, headers=key_of("ripska")),
                "/credentials/{identifier}/revoke",
            ),
            (client.post("/api/v1/awards", json=an_award("waits"), headers=key_of("ripska")), "/awards"),
        ]
        for answer, described in answers:
            holds(answer, "post", described)
            assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
            place = urlsplit(answer.headers["location"]).path
            assert (
                holds(client.get(place, headers=key_of("ripska")), "get", "/proposals/{proposal}").json()
                == answer.json()
            )
            own = client.post(f"{place}/confirm", headers=key_of("ripska"))
            assert (holds(own, "post", "/proposals/{proposal}/confirm").status_code, own.json()["code"]) == (
                409,
                "not-decidable",
            )
            weak = client.post(f"{place}/confirm", headers={"authorization": f"Bearer {readers}"})
            assert holds(weak, "post", "/proposals/{proposal}/confirm").status_code == 403
        listed = client.get("/api/v1/proposals?limit=2", headers=key_of("ripska"))
        assert [one["state"] for one in holds(listed, "get", "/proposals").json()["proposals"]] == [
            "waiting"
        ] * 2
        for decision, (answer, _) in zip(("confirm", "refuse"), answers, strict=True):
            place = urlsplit(answer.headers["location"]).path
            decided = client.post(f"{place}/{decision}", headers={"authorization": f"Bearer {second}"})
            assert holds(decided, "post", f"/proposals/{{proposal}}/{decision}").status_code == 200
        status = client.get(f"/api/v1/credentials/{issued['identifier']}/status", headers=key_of("ripska"))
        assert status.json()["state"] == "revoked"
    finally:
        with system.archive.unit() as unit:
            system.accounts.set_four_eyes(unit.connection, "ripska", frozenset(), why="konec", **how)


# Types


def a_type(**changes):
    """Return the part of the example that doesn't depend on the person."""
    award = json.loads(strict_json.dumps(award_to_json(example_award())))
    names = (
        "title",
        "outcomes",
        "workload",
        "level",
        "thematic_areas",
        "languages",
        "quality_assurance",
        "stackability",
    )
    own = {name: award[name] for name in names}
    mode, kinds = award["participation"]["mode"], [{"type": award["assessments"][0]["type"]}]
    return {"id": "DATA1", **own, "participation": {"mode": mode}, "assessments": kinds, **changes}


def test_a_type_is_kept_changed_and_ended(client, system, holds):
    """Each answer is one that the document describes; a change by somebody who saw another version is refused."""
    key = key_of("ripska")
    made = holds(client.post("/api/v1/types", json=a_type(), headers=key), "post", "/types")
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    again = holds(client.post("/api/v1/types", json=a_type(), headers=key), "post", "/types")
    assert (again.status_code, again.json()) == (200, made.json())
    path = urlsplit(made.headers["location"]).path
    shown = holds(client.get(path, headers=key), "get", "/types/{type}")
    assert shown.json() == made.json()
    assert client.get(path, headers={**key, "if-none-match": '"1"'}).status_code == 304
    other = client.post("/api/v1/types", json=a_type(workload={"ects": 5}), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "type-conflict")
    changed = {**shown.json()["type"], "workload": {"ects": 5}}
    tried = client.put(f"{path}?dry_run=true", json=changed, headers={**key, "if-match": '"1"'})
    assert (tried.json()["version"], client.get(path, headers=key).headers["etag"]) == (2, '"1"')
    second = holds(client.put(path, json=changed, headers={**key, "if-match": '"1"'}), "put", "/types/{type}")
    assert (second.status_code, second.headers["etag"], second.json()["version"]) == (200, '"2"', 2)
    late = holds(client.put(path, json=changed, headers={**key, "if-match": '"1"'}), "put", "/types/{type}")
    assert (late.status_code, late.json()["code"]) == (412, "other-version")
    assert client.put(path, json=changed, headers=key).json()["version"] == 2
    first = client.get(f"{path}?version=1", headers=key).json()
    assert first["type"]["workload"] != second.json()["type"]["workload"]
    page = holds(client.get(f"{path}/versions?limit=1", headers=key), "get", "/types/{type}/versions").json()
    assert ([one["version"] for one in page["types"]], page["next"]) == ([1], 1)
    ended = holds(client.post(f"{path}/end", headers=key), "post", "/types/{type}/end").json()
    assert ended["ended_at"]
    for response in (client.post(f"{path}/end", headers=key), client.put(path, json=changed, headers=key)):
        assert (response.status_code, response.json()["code"]) == (409, "type-conflict")
    listed = holds(client.get("/api/v1/types?ended=true", headers=key), "get", "/types").json()
    assert "DATA1" in {one["type"]["id"] for one in listed["types"]}
    acts = [act for act in system.accounts.acts() if act.details.get("type") == "DATA1"]
    assert [act.deed for act in acts] == ["type add", "type add", "type end"]
    assert all(act.actor.startswith("key ") for act in acts)


def test_many_types_are_kept_at_once_or_none(client, holds):
    """As JSON, by lines and as a table; every fault is told with its row."""
    key = key_of("ripska")
    lines = "\n".join(json.dumps(a_type(id=f"L{number}")) for number in range(3))
    sent = client.post("/api/v1/types", content=lines, headers={**key, "content-type": "application/jsonl"})
    assert [one["type"]["id"] for one in holds(sent, "post", "/types").json()["types"]] == ["L0", "L1", "L2"]
    several = client.post("/api/v1/types", json={"types": [a_type(id="J0"), a_type(id="J1")]}, headers=key)
    assert len(holds(several, "post", "/types").json()["types"]) == 2
    head = "id;title;title_en;outcomes;workload_ects;level_eqf;thematic_areas;languages;participation_mode;assessments_type"
    rows = [
        "T0;Úly;Hives;Postaví úl.;2;6;0811;cs;blended;quiz",
        "T1;Včely;Bees;Pozná včelu.;2;9;0811;cs;doma;quiz",
    ]
    table = {**key, "content-type": "text/csv; charset=cp1250"}
    bad = client.post("/api/v1/types", content="\r\n".join([head, *rows]).encode("cp1250"), headers=table)
    assert bad.status_code == 422
    found = {(one["path"], one["message"].partition(":")[0]) for one in bad.json()["findings"]}
    assert {("level_eqf", "row 3"), ("participation_mode", "row 3")} <= found
    assert client.get("/api/v1/types/T0", headers=key).status_code == 404
    good = client.post("/api/v1/types", content="\r\n".join([head, rows[0]]).encode("cp1250"), headers=table)
    assert holds(good, "post", "/types").json()["types"][0]["type"]["title"]["cs"] == "Úly"


def test_an_award_names_its_type(client):
    """What it doesn't say is taken; what doesn't go together is refused, also in a dry run."""
    key = key_of("ripska")
    client.post("/api/v1/types", json=a_type(id="TAKEN"), headers=key)
    whole = an_award("typed")
    short = {name: whole[name] for name in ("evidence_number", "learner", "awarded_on")} | {
        "type": {"id": "TAKEN"}
    }
    for query in ("?dry_run=true", ""):
        refused = client.post(f"/api/v1/awards{query}", json={**short, "level": {"eqf": 2}}, headers=key)
        assert refused.status_code == 422
        assert [one["code"] for one in refused.json()["findings"] if one["severity"] == "error"] == [
            "differs-from-type"
        ]
    issued = client.post("/api/v1/awards", json=short, headers=key)
    assert issued.status_code == 201, issued.text
    client.put("/api/v1/types/TAKEN", json=a_type(id="TAKEN", workload={"ects": 9}), headers=key)
    again = client.post("/api/v1/awards", json=short, headers=key)
    assert (again.status_code, again.json()["identifier"]) == (200, issued.json()["identifier"])


def test_a_key_is_for_types_as_for_awards(client, system):
    """Who may only read keeps nothing."""
    how = {"actor": "test", "at": datetime.now(UTC)}
    reader = system.accounts.make_key("ripska", scopes=[Scope.READ], **how).secret
    headers = {"authorization": f"Bearer {reader}"}
    assert client.get("/api/v1/types", headers=headers).status_code == 200
    for method, path in (("POST", "/types"), ("PUT", "/types/L0"), ("POST", "/types/L0/end")):
        assert client.request(method, f"/api/v1{path}", json=a_type(), headers=headers).status_code == 403
