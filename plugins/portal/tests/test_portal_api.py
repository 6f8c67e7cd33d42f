"""The interface for programs: what every request meets, verification, and the document that describes it."""

from __future__ import annotations

import gzip
import json
import logging
import re
from datetime import UTC

import attrs
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from mikrocert.api import ArchiveError, ErasedError, Registration, report_schema
from mikrocert_portal import uploads
from mikrocert_portal.api import examples
from mikrocert_portal.api.cursors import cursor_after, position_of
from mikrocert_portal.api.limiting import Quota
from mikrocert_portal.api.operations import operations
from mikrocert_portal.api.problems import ApiProblem
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

QUICK = Limits(
    upload_megabytes=1,
    uploads_megabytes=2,
    award_kilobytes=8,
    misses=5,
    miss_seconds=10_000,
    unknown_seconds=0,
)
KEY = {"authorization": "Bearer key-of-mu"}
VALID = "/api/v1/verify/K7mQx4Rt9bHz"


@pytest.fixture
def make_client(system, accounts):
    """Makes a client of a portal with these limits."""

    def make(limits=QUICK, **settings):
        system.settings = attrs.evolve(system.settings, **settings)
        application = create_app(system, config=PortalConfig(limits=limits))
        return TestClient(application, base_url="https://mikrocertifikat.cz", raise_server_exceptions=False)

    return make


@pytest.fixture
def client(make_client):
    with make_client() as client:
        yield client


def problem_of(response, code):
    """Return a problem, which has to be this one and whole."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    answer = response.json()
    assert (answer["code"], answer["status"]) == (code, response.status_code)
    assert answer["type"] == f"https://mikrocertifikat.cz/api/v1/docs#{code}"
    assert response.headers["cache-control"] == "no-store"
    return answer


# What every request meets


@pytest.mark.parametrize(
    ("method", "path", "how", "problem"),
    [
        pytest.param("GET", "/api/v1/nothing", {}, ApiProblem.NOT_FOUND, id="no such address"),
        pytest.param("GET", "/api/v1", {}, ApiProblem.NOT_FOUND, id="the root"),
        pytest.param("PUT", VALID, {}, ApiProblem.METHOD, id="no such method"),
        pytest.param("GET", "/api/v1/awards", {}, ApiProblem.METHOD, id="GET of what is sent"),
        pytest.param("GET", VALID, {"headers": {"accept": "text/html"}}, ApiProblem.NOT_ACCEPTABLE, id="HTML wanted"),
        pytest.param("GET", f"{VALID}?dryrun=true", {}, ApiProblem.WRONG_PARAMETER, id="unknown parameter"),
        pytest.param("GET", f"{VALID}?lang=cs&lang=en", {}, ApiProblem.WRONG_PARAMETER, id="parameter twice"),
        pytest.param("GET", f"{VALID}?lang=xx", {}, ApiProblem.WRONG_PARAMETER, id="unknown language"),
        pytest.param("GET", f"{VALID}?lang", {}, ApiProblem.WRONG_PARAMETER, id="no value"),
        pytest.param("GET", f"{VALID}?%ff=1", {}, ApiProblem.WRONG_PARAMETER, id="parameter not in UTF-8"),
        pytest.param("GET", f"{VALID}?{'&'.join('a=1' for _ in range(50))}", {}, ApiProblem.WRONG_PARAMETER, id="50 parameters"),
        pytest.param("GET", VALID, {"headers": {"x": "x" * 20_000}}, ApiProblem.HEADERS, id="20 kB of headers"),
        pytest.param("GET", "/api/v1/verify/unknown", {}, ApiProblem.UNKNOWN, id="unknown identifier"),
        pytest.param("POST", "/api/v1/verify", {"content": b""}, ApiProblem.REFUSED, id="empty file"),
        pytest.param("POST", "/api/v1/verify", {"content": b"x" * (1024 * 1024 + 1)}, ApiProblem.TOO_LARGE, id="a file too large"),
        pytest.param("POST", "/api/v1/verify", {"files": {"file": b"x"}}, ApiProblem.MEDIA_TYPE, id="a form"),
        pytest.param("POST", "/api/v1/verify", {"content": b"{}", "headers": {"content-type": "nonsense"}}, ApiProblem.MEDIA_TYPE, id="no such media type"),
        pytest.param("POST", "/api/v1/verify", {"content": gzip.compress(b"x"), "headers": {"content-encoding": "gzip"}}, ApiProblem.MEDIA_TYPE, id="compressed"),
        pytest.param("POST", "/api/v1/awards", {"json": {}}, ApiProblem.NOT_AUTHENTICATED, id="no key"),
        pytest.param("POST", "/api/v1/awards", {"json": {}, "headers": {"authorization": "Basic bXU6bXU="}}, ApiProblem.NOT_AUTHENTICATED, id="a password"),
        pytest.param("POST", "/api/v1/awards", {"json": {}, "headers": {"authorization": "Bearer"}}, ApiProblem.NOT_AUTHENTICATED, id="a key without text"),
        pytest.param("POST", "/api/v1/awards", {"json": {}, "headers": {"authorization": "Bearer nobody"}}, ApiProblem.NOT_AUTHENTICATED, id="nobody's key"),
        pytest.param("GET", "/api/v1/credentials", {"headers": {"authorization": "Bearer only-issue"}}, ApiProblem.SCOPE, id="a key for something else"),
        pytest.param("POST", "/api/v1/awards", {"content": b"{}", "headers": {**KEY, "content-type": "text/plain"}}, ApiProblem.MEDIA_TYPE, id="text"),
        pytest.param("POST", "/api/v1/awards", {"content": b"{}", "headers": KEY}, ApiProblem.MEDIA_TYPE, id="no media type"),
        pytest.param("POST", "/api/v1/awards", {"content": b"{}", "headers": {**KEY, "content-type": "application/json; charset=cp1250"}}, ApiProblem.MEDIA_TYPE, id="another character set"),
        pytest.param("POST", "/api/v1/awards", {"content": b"[1]", "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="no object"),
        pytest.param("POST", "/api/v1/awards", {"content": b"{}, {}", "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="two awards"),
        pytest.param("POST", "/api/v1/awards", {"content": b'{"a": 1, "a": 2}', "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="a member twice"),
        pytest.param("POST", "/api/v1/awards", {"content": b'{"a": NaN}', "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="NaN"),
        pytest.param("POST", "/api/v1/awards", {"content": b"[" * 4000, "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="4000 levels"),
        pytest.param("POST", "/api/v1/awards", {"content": '{"ž": 1}'.encode("cp1250"), "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.REFUSED, id="not UTF-8"),
        pytest.param("POST", "/api/v1/awards", {"content": b" " * 9000, "headers": {**KEY, "content-type": "application/json"}}, ApiProblem.TOO_LARGE, id="an award too large"),
        pytest.param("GET", "/api/v1/credentials?limit=0", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="limit too small"),
        pytest.param("GET", "/api/v1/credentials?limit=101", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="limit too large"),
        pytest.param("GET", "/api/v1/credentials?limit=%D9%A1", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="an Arabic digit"),
        pytest.param("GET", "/api/v1/credentials?since=2026-02-30", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="no such day"),
        pytest.param("GET", "/api/v1/credentials?state=dead", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="no such state"),
        pytest.param("GET", "/api/v1/credentials?cursor=abc", {"headers": KEY}, ApiProblem.WRONG_PARAMETER, id="no cursor"),
        pytest.param("POST", "/api/v1/awards?dry_run=yes", {"json": {}, "headers": KEY}, ApiProblem.WRONG_PARAMETER, id="no boolean"),
        pytest.param("GET", "/api/v1/credentials/Fgn4x4Rt9bHz", {"headers": {"authorization": "Bearer key-of-ripska"}}, ApiProblem.UNKNOWN, id="another's credential"),
    ],
)  # fmt: skip
def test_what_can_not_be_answered_is_a_problem(client, method, path, how, problem):
    """Whatever is wrong with a request, the answer is a problem with its status, code and a title."""
    response = client.request(method, path, **how)
    assert response.status_code == problem.status, response.text
    answer = problem_of(response, problem.code)
    assert answer["title"].endswith(".") or "“" in answer["title"]


def test_a_problem_speaks_the_language_asked_for(client):
    """Title and findings are in the language of Accept-Language, or of the parameter."""
    for language, how in (("cs", {"headers": {"accept-language": "cs"}}), ("en", {"params": {"lang": "en"}})):
        response = client.request("POST", "/api/v1/verify", content=b"", **how)
        assert response.headers["content-language"] == language
        [finding] = response.json()["findings"]
        assert finding["code"] == "empty-file"
        assert finding["severity"] == "error"
        assert ("soubor" in finding["message"]) == (language == "cs")


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        (VALID, "DELETE", {"GET", "HEAD", "OPTIONS"}),
        ("/api/v1/awards", "GET", {"POST", "OPTIONS"}),
        ("/api/v1/verify", "PATCH", {"POST", "OPTIONS"}),
    ],
)
def test_allow_has_the_methods_of_the_address(client, path, method, allowed):
    """405 and OPTIONS say which methods there are."""
    refused, asked = client.request(method, path), client.options(path)
    assert (refused.status_code, asked.status_code) == (405, 204)
    for response in (refused, asked):
        assert set(response.headers["allow"].split(", ")) == allowed


def test_head_answers_like_get_without_a_body(client):
    """HEAD works wherever GET does."""
    for path in (VALID, "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/report.schema.json"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", [VALID, "/api/v1/nothing", "/api/v1/docs", "/api/v1/openapi.json"])
def test_every_answer_is_locked_down(client, path):
    """Answers for programs have the same policy as pages, and set no cookie."""
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01", "9999-12-31"])
def test_whatever_day_there_is_may_be_asked_for(client, day):
    """The first and the last day of all are days."""
    for name in ("since", "until"):
        assert client.get(f"/api/v1/credentials?{name}={day}", headers=KEY).status_code == 200


def test_a_missing_key_is_a_challenge(client):
    """401 and 403 say what is missing (RFC 6750)."""
    assert client.get("/api/v1/credentials").headers["www-authenticate"] == 'Bearer realm="mikrocert"'
    wrong = client.get("/api/v1/credentials", headers={"authorization": "Bearer nobody"})
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    narrow = client.get("/api/v1/credentials", headers={"authorization": "Bearer only-issue"})
    assert 'error="insufficient_scope", scope="read"' in narrow.headers["www-authenticate"]
    assert narrow.json()["scope"] == "read"


SENDING = [one for one in operations({}) if one.scopes and one.body is not None]


@pytest.mark.parametrize("operation", SENDING, ids=lambda one: one.name)
def test_a_key_that_is_ended_while_something_is_sent_does_nothing_more(
    client, accounts, monkeypatch, operation
):
    """An upload may take hours; whoever ends a key, because somebody has it who shouldn't, ends that as well."""
    arriving = uploads._Body._next

    async def last(body):
        chunk = await arriving(body)
        accounts.callers.clear()
        return chunk

    monkeypatch.setattr(uploads._Body, "_next", last)
    path = re.sub(r"{\w+}", "K7mQx4Rt9bHz", operation.path)
    kind, content = next(iter(operation.body.contents.items()))
    sent = content.example if isinstance(content.example, str) else json.dumps(content.example)
    headers = {**KEY, "content-type": kind}
    answer = client.request(operation.method, f"/api/v1{path}", content=sent.encode(), headers=headers)
    problem_of(answer, "not-authenticated")
    assert len({at for _, at in accounts.asked}) == 1  # what expires meanwhile is no fault of who sends


def test_a_key_is_judged_before_anything_else_is_looked_at(client, system):
    """Without a key nothing is learned: not which parameters, media types or identifiers are right."""
    for method, path, how in (
        ("GET", "/api/v1/credentials/K7mQx4Rt9bHz?nothing=1", {}),
        ("POST", "/api/v1/awards", {"content": b"\x00", "headers": {"content-type": "x/y"}}),
    ):
        problem_of(client.request(method, path, **how), "not-authenticated")
    assert system.asked == []


def test_who_guesses_keys_waits(make_client):
    """Wrong keys count against an address as wrong identifiers do."""
    with make_client(attrs.evolve(QUICK, misses=2)) as client:
        guesses = [
            client.get("/api/v1/credentials", headers={"authorization": f"Bearer {n}"}) for n in range(3)
        ]
        assert [guess.status_code for guess in guesses] == [401, 401, 429]
        problem_of(guesses[-1], "too-many-attempts")
        assert int(guesses[-1].headers["retry-after"]) > 1
        assert client.get("/api/v1/credentials", headers=KEY).status_code == 200


def test_who_guesses_identifiers_waits_on_pages_as_well(make_client):
    """The interface and the pages count wrong identifiers together."""
    with make_client(attrs.evolve(QUICK, misses=2)) as client:
        found = [client.get(f"{path}/nothing").status_code for path in ("/verify", "/api/v1/verify") * 2]
        assert found == [404, 404, 429, 429]


def test_who_asks_too_often_is_told_before_and_then_waits(make_client):
    """RateLimit tells what is left; then it is 429, and a key's calls are none of its address."""
    with make_client(attrs.evolve(QUICK, calls=2, calls_seconds=60)) as client:
        answers = [client.get(VALID) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["ratelimit"].split(";")[:2] for answer in answers] == [
            ['"calls"', "r=1"], ['"calls"', "r=0"], ['"calls"', "r=0"],
        ]  # fmt: skip
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"calls";q=2;w=60'}
        problem_of(answers[-1], "too-many-calls")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert client.get("/api/v1/credentials", headers=KEY).status_code == 200


def test_an_archive_that_is_away_is_asked_for_again_later(client, system, accounts):
    """503 says when; whether the archive fails for the key or for the answer."""
    accounts.crash = ArchiveError("gone")
    first = client.get("/api/v1/credentials", headers=KEY)
    accounts.crash, system.crash = None, ArchiveError("gone")
    second = client.get("/api/v1/credentials", headers=KEY)
    for response in (first, second):
        problem_of(response, "no-archive")
        assert int(response.headers["retry-after"]) > 0
    system.crash = None
    assert client.get("/api/v1/credentials", headers=KEY).status_code == 200


def test_a_crash_tells_and_logs_nothing_personal(client, system, caplog):
    """A fault of ours is a problem without a detail; the log has the class and the place."""
    system.crash = RuntimeError("Tereza Černohorská K7mQx4Rt9bHz")
    with caplog.at_level(logging.ERROR):
        response = client.get(VALID)
    answer = problem_of(response, "internal-error")
    assert set(answer) == {"type", "title", "status", "code"}
    assert "RuntimeError" in caplog.text
    assert not re.search("Tereza|K7mQx4Rt9bHz", caplog.text)


# Verification


@pytest.mark.parametrize(
    "name", ["valid", "test", "revoked", "replaced", "expired", "undetermined", "changed"]
)
def test_whatever_is_known_is_answered_with_its_report(client, identifiers, system, name):
    """A verdict is no error: the report of what is known comes with 200, is stored nowhere, and meets its schema."""
    response = client.get(f"/api/v1/verify/{identifiers[name]}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    jsonschema_rs.validate(report_schema(), response.json())
    assert response.json()["verdict"] == system.reports[name].verdict.value


@pytest.mark.parametrize("name", ["valid", "foreign", "unusable"])
def test_a_file_is_answered_with_its_report(client, name):
    """The octets of a file give its report with 200, whatever their media type is said to be."""
    for kind in (
        "application/octet-stream",
        "application/pdf",
        "application/x-www-form-urlencoded",
        "text/plain; charset=utf-8",
    ):
        response = client.post("/api/v1/verify", content=name.encode(), headers={"content-type": kind})
        assert response.status_code == 200
        jsonschema_rs.validate(report_schema(), response.json())
    assert client.post("/api/v1/verify", content=name.encode()).status_code == 200


def test_what_was_erased_is_gone(client, system):
    """An erased credential is neither unknown nor there."""
    system.crash = ErasedError("K7mQx4Rt9bHz")
    assert "holder" not in str(problem_of(client.get(VALID), "erased"))
    system.crash = ErasedError("K7mQx4Rt9bHz", by_holder=True)
    problem = problem_of(client.get(VALID, headers={"accept-language": "cs"}), "erased")
    assert "uzavřen na žádost držitele" in problem["detail"]


# What may be kept


@pytest.mark.parametrize(
    "path",
    ["/api/v1/openapi.json", "/api/v1/docs", "/api/v1/report.schema.json", "/api/v1/awards.schema.json"],
)
def test_what_a_client_has_is_not_sent_again(client, path):
    """If-None-Match with the ETag gives 304 without a body; another one gives it whole."""
    whole = client.get(path)
    tag = whole.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"if-none-match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).content == whole.content


# The document


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json", headers={"accept-language": "en"}).json()


def operations_of(document):
    """Yield every operation with its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def resolved(document):
    """Return a function that returns a schema as one that stands alone."""
    parts = document["components"]["schemas"]
    moved = json.loads(json.dumps(parts).replace("#/components/schemas/", "#/$defs/"))

    def alone(schema):
        own = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": moved, **own}

    return alone


def test_every_operation_is_described_whole(document):
    """Each has a name of its own, words, a described body and described answers; each parameter an example."""
    names = [operation["operationId"] for _, _, operation in operations_of(document)]
    assert len(set(names)) == len(names) > 10
    for _, path, operation in operations_of(document):
        assert operation["summary"]
        assert operation["description"].endswith(".")
        assert {"400", "406", "429", "500"} <= set(operation["responses"])
        assert (bool(operation["security"]) or path == "/token") == ("401" in operation["responses"])
        for parameter in operation["parameters"]:
            assert parameter["description"]
            jsonschema_rs.validate(parameter["schema"], parameter["example"])
        for answer in operation["responses"].values():
            assert answer["description"]
        assert set(re.findall(r"{(\w+)}", path)) == {
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"
        }


def test_every_example_meets_its_schema(document):
    """What the document shows is what it says."""
    alone, shown = resolved(document), 0
    for _, _, operation in operations_of(document):
        contents = [answer.get("content", {}) for answer in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for kind in (kind for content in contents for kind in content.values()):
            told = [kind["example"]] if "example" in kind else []
            told += [one["value"] for one in kind.get("examples", {}).values()]
            for example in told:
                shown += 1
                jsonschema_rs.Draft202012Validator(alone(kind["schema"])).validate(example)
    assert shown > 50
    jsonschema_rs.validate(report_schema(), examples.REPORT)


def test_every_reference_leads_somewhere(document):
    """No schema refers to one that isn't there, and none is there that nothing refers to."""
    text = json.dumps(document)
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred == set(document["components"]["schemas"])


def test_the_document_is_in_the_language_asked_for(client):
    """Every sentence has a Czech translation, also on the page."""
    texts = {
        language: client.get("/api/v1/openapi.json", headers={"accept-language": language}).json()
        for language in ("cs", "en")
    }
    for (_, _, czech), (_, _, english) in zip(*map(operations_of, texts.values()), strict=True):
        assert czech["operationId"] == english["operationId"]
        assert czech["summary"] != english["summary"]
        assert czech["description"] != english["description"]


@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_page_shows_all_of_the_document(client, document, language):
    """The page has every operation, problem and schema, loads nothing from elsewhere and runs no script."""
    page = client.get("/api/v1/docs", headers={"accept-language": language}).text
    assert f'<html lang="{language}">' in page
    for _, path, operation in operations_of(document):
        assert f'id="{operation["operationId"]}"' in page
        assert path in page
    for problem in ApiProblem:
        assert f'id="{problem.code}"' in page
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!/|#)', page.replace('href="mailto:', ""))
    assert len(re.findall(r'\bid="([^"]+)"', page)) == len(set(re.findall(r'\bid="([^"]+)"', page)))


def test_below_a_path_the_interface_is_there_too(system, accounts):
    """Where the base has a path, addresses and problems have it as well."""
    system.settings = attrs.evolve(system.settings, base_url="https://skola.cz/mc")
    with TestClient(create_app(system), base_url="https://skola.cz") as client:
        document = client.get("/mc/api/v1/openapi.json").json()
        assert document["servers"] == [{"url": "https://skola.cz/mc/api/v1"}]
        assert client.get("/mc/api/v1/nothing").json()["type"] == "https://skola.cz/mc/api/v1/docs#not-found"
        assert client.get("/api/v1/openapi.json").status_code == 404


def test_without_a_key_nothing_of_institutions_is_answered(client, document):
    """Every operation that the document says needs a key is refused without one, whatever is sent."""
    tried = 0
    for method, path, operation in operations_of(document):
        if operation["security"]:
            tried += 1
            problem_of(client.request(method, f"/api/v1{path}"), "not-authenticated")
    assert tried > 10


# Parts


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_quota_is_whole_again_after_its_window():
    """So many calls, then none until the window ends; another client has its own."""
    clock = Clock()
    quota = Quota(calls=2, seconds=60, clients=10, clock=clock)
    assert [quota.take("a").granted for _ in range(3)] == [True, True, False]
    assert quota.take("b").granted
    clock.now = 59.5
    refused = quota.take("a")
    assert (refused.granted, refused.left, refused.seconds) == (False, 0, 1)
    clock.now = 60
    assert (quota.take("a").left, quota.take("a").granted) == (1, True)


def test_only_so_many_windows_are_remembered():
    """The one unused for longest is forgotten."""
    quota = Quota(calls=1, seconds=60, clients=2, clock=Clock())
    assert [quota.take(client).granted for client in "abcb"] == [True, True, True, False]
    assert quota.take("a").granted


@given(st.datetimes(timezones=st.just(UTC)), st.text(max_size=20))
def test_a_cursor_reads_back(at, identifier):
    """Whatever it is after, a cursor says so again, and its institution is the caller's."""
    read = position_of(cursor_after(Registration(identifier, "mu", "1", at)), institution="ripska")
    assert read == Registration(identifier, "ripska", "", at)


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_none(text):
    """No text makes reading a cursor fail otherwise."""
    position_of(text, institution="mu")
