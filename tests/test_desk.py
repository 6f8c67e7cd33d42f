"""The desk over a real archive: sending, watching, searching, revoking, replacing, and whose is what."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Thread

import attrs
import pytest
from litestar.testing import TestClient
from mikrocert.archive.kept_types import ENDED
from mikrocert.award.canonical import award_to_json
from mikrocert.catalogue import read_types
from mikrocert.errors import ShareEnded
from mikrocert.jobs import Job, Taken, Worker
from mikrocert.jobs.outbox import Outbox
from mikrocert.parsing import strict_json
from mikrocert.report import StatusValue
from mikrocert.service.system import open_system
from mikrocert.service.workforce import worker_name
from mikrocert.settings import load_settings
from mikrocert.testing import example_award
from mikrocert_portal.api.examples import TYPE
from mikrocert_portal.app import create_app
from mikrocert_portal.config import DeskConfig, Limits, PortalConfig
from mikrocert_portal.desk.desk import Desk
from mikrocert_portal.desk.people import OPERATE
from mikrocert_portal.desk.sessions import Session
from mikrocert_portal.sharing import Shared

from tests.ripska import with_ripska

pytestmark = pytest.mark.system

LIMITS = Limits(misses=100_000, unknown_seconds=0)
SESSION = "__Host-desk"
UNKNOWN = "1111111111zz"
ALL = frozenset({"issue", "read", "revoke"})


@pytest.fixture(scope="module")
def system(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk") / "demo"
    shutil.copytree(demo, folder)
    settings = attrs.evolve(load_settings(folder / "mikrocert.toml"), base_url="https://desk.test")
    with open_system(settings, plugins=with_ripska()) as opened:
        opened.accounts.add("ripska", actor="test", at=datetime.now(UTC))
        worker = Worker(opened.queue, opened.tasks, changes=opened.batches.changes, name=worker_name())
        thread = Thread(target=worker.run)
        thread.start()
        try:
            yield opened
        finally:
            worker.stop()
            thread.join()


@attrs.frozen
class Place:
    """A desk, and what it calls itself."""

    application: object
    shared: Shared
    routes: tuple


@pytest.fixture(scope="module")
def place(system):
    config = DeskConfig(issuer="https://login.example.cz", client_id="desk", client_secret="env:DESK_SECRET")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESK_SECRET", "x")
        shared, routes, made = Shared.of(LIMITS), [], Desk.__init__

        def noting(desk, *arguments, **named):
            made(desk, *arguments, **named)
            routes.extend(desk.routes)

        patch.setattr(Desk, "__init__", noting)
        application = create_app(
            system, config=PortalConfig(desk=config, limits=LIMITS), shared=lambda: shared
        )
    return Place(application, shared, tuple(routes))


@pytest.fixture(scope="module")
def client(place):
    with TestClient(place.application, base_url="https://desk.test", raise_server_exceptions=False) as client:
        client.follow_redirects = False
        client.headers["accept-language"] = "en"
        yield client


@attrs.frozen
class Person:
    """Somebody at the desk, with what their browser shows."""

    client: TestClient
    session: Session
    cookie: str | None

    def ask(self, method, address, **how):
        self.client.cookies.clear()
        if self.cookie is not None:
            self.client.cookies.set(SESSION, self.cookie)
        return self.client.request(method, address, **how)

    def get(self, path, **query):
        return self.ask("GET", f"/desk{path}", params=query)

    def post(self, path, files=None, **fields):
        data = {"token": self.session.token, **fields}
        return self.ask("POST", f"/desk{path}", data=data, files=files)

    def send(self, content, *, name="export.json", path="/batches", **fields):
        return self.post(path, files={"file": (name, content)}, **fields)

    def ended(self, response):
        """Return the page of a batch that was sent, once it has ended, and its identifier."""
        assert response.status_code == 303, words(response)
        batch = response.headers["location"].split("/")[-1].partition("?")[0]
        while True:
            page = self.get(f"/batches/{batch}", wait="end")
            if "Refresh" not in page.text:
                return page, batch


@pytest.fixture
def signed_in(client, place):
    """Signs somebody in."""

    def come(institution="mu", *, scopes=ALL, name="person reditelka-1 Růžena Řezníčková"):
        session = Session("https://login.example.cz", name, name, institution, scopes, name)
        return Person(client, session, place.shared.sessions.begin(session))

    return come


def words(response):
    """The words of a page, with ordinary spaces."""
    body = re.sub(r"<(head|svg)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    body = re.sub(r"</?(b|bdi|i|span|a|time|strong)\b[^>]*>", "", body)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u2060", "").split())


def an_award(number, **changes):
    award = attrs.evolve(example_award(), evidence_number=f"UŘ/2026/ď{number}", **changes)
    return json.loads(strict_json.dumps(award_to_json(award)))


def lines_of(*awards):
    return "".join(json.dumps(award, ensure_ascii=False) + "\n" for award in awards).encode()


@pytest.fixture(scope="module")
def theirs(system):
    """Identifiers of a credential and a batch of each university."""
    how = {"media_type": "application/jsonl", "actor": "key 1"}
    batch = system.batches.accept("ripska", lines_of(an_award("first")), **how)
    system.batches.wait("ripska", batch.id, seconds=600)
    [result] = system.batches.results("ripska", batch.id)
    tried = system.batches.accept(
        "mu", b'{"awards": []}', **{**how, "media_type": "application/json"}, dry_run=True
    )
    system.batches.wait("mu", tried.id, seconds=600)
    mine = system.registrations("mu", limit=1)[0].identifier
    return {"ripska": (result.identifier, batch.id), "mu": (mine, tried.id)}


# What people do


def test_what_is_wrong_with_an_export_is_told_row_by_row_and_nothing_is_issued(signed_in, system, demo):
    """In the words of the sender, with what would be right; in both languages."""
    person, before = signed_in(), system.registrations("mu", limit=1000)
    export = (demo / "is-mu-2026.json").read_bytes()
    page, batch = person.ended(person.send(export, how="try", layout="own"))
    text = words(page)
    assert "Some records have faults" in text
    assert "hodnoceni[0].typ" in text
    assert "would be refused" in text
    assert "7 issued earlier, 1 refused" in text
    assert re.search(r'<th scope="row">Record 8<span class="soft"><bdi>MU-ESF-2026-0133', page.text)
    assert "Některé záznamy mají chyby" in words(person.get(f"/batches/{batch}", lang="cs"))
    refused = person.get(f"/batches/{batch}", only="refused")
    assert refused.text.count('<th scope="row">') == 1
    assert system.registrations("mu", limit=1000) == before


HEAD = (
    "evidencni_cislo;jmeno;prijmeni;datum_narozeni;nazev;nazev_en;vysledky_uceni;vysledky_uceni_en;ects;eqf;isced_f;jazyk_vyuky;forma;"
    "hodnoceni_typ;datum_udeleni"
)


def a_line(number, *, day="1. 9. 2026", areas="0613", name="Říha"):
    return (
        f"MU-REG-{number:04};Růžena;{name};14. 3. 1994;Práce s daty;Working with Data;Vyčistí data.;Cleans data.;2,5;6;{areas};čeština;"
        f"prezenční;písemná zkouška;{day}"
    )


def test_equal_faults_of_many_rows_are_told_once_and_are_a_table(signed_in):
    """A kind of fault with all its rows stands before the rows one by one; the table has a line for each, in the reader's language."""
    person = signed_in()
    days = ["01/09/26"] * 7 + ["46266", "1. 9. 2026"]
    export = "\r\n".join(
        [HEAD, *(a_line(n, day=day) for n, day in enumerate(days, 1)), a_line(10, areas="0613|613")]
    )
    _, batch = person.ended(person.send(export.encode("utf-8-sig"), how="try", layout="own"))
    text = words(person.get(f"/batches/{batch}", lang="cs"))
    kinds = text[text.index("Chyby podle druhu") : text.index("Záznam Výsledek")]
    assert kinds.count("„01/09/26“") == 1
    assert "7× řádky 2, 3, 4, 5, 6, 7, 8" in kinds
    assert "1× řádek 9" in kinds
    assert "isced_f (2. položka)" in text
    table = person.get(f"/batches/{batch}/faults", lang="cs")
    assert table.headers["content-disposition"] == f'attachment; filename="{batch}.csv"'
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["Řádek", *map(str, range(2, 10)), "11"]
    assert lines[1][2:4] == ["MU-REG-0001", "datum_udeleni"]
    assert "22. 11. 2026" in lines[1][6].replace("\u00a0", " ")
    assert lines[-1][3:5] == ["isced_f", "2"]


def test_few_faults_are_not_gathered_and_a_batch_without_has_no_table(signed_in):
    """What is seen at once needs no summary."""
    person = signed_in()
    for day, has in (("46266", True), ("1. 9. 2026", False)):
        page, batch = person.ended(
            person.send(f"{HEAD}\n{a_line(1, day=day)}".encode(), how="try", layout="own")
        )
        assert "Faults by kind" not in words(page)
        assert (f"/batches/{batch}/faults" in page.text) == has


@pytest.mark.parametrize("encoding", ["cp1250", "utf-16"])
def test_the_desk_reads_what_older_spreadsheets_save(signed_in, encoding):
    """Where the answer says which encoding it is, the person can choose it; choosing a wrong one is told, too."""
    person, content = signed_in(), f"{HEAD}\n{a_line(1, name='Šťastný')}".encode(encoding)
    page, _ = person.ended(person.send(content, how="try", layout="own"))
    assert "The file can’t be used" in words(page)
    assert "at the desk, the one chosen below the file" in words(page)
    page, _ = person.ended(person.send(content, how="try", layout="own", encoding=encoding))
    assert "No record has a fault" in words(page)
    page, _ = person.ended(
        person.send(content.decode(encoding).encode(), how="try", layout="own", encoding=encoding)
    )
    assert "The file can’t be used" in words(page)


def test_what_was_tried_is_sent_found_and_downloaded(signed_in, system):
    """A file without faults: tried, sent as it is under the name of who sends it, found by number and name, and saved."""
    person = signed_in("ripska")
    content = lines_of(an_award("way-1"), an_award("way-2"))
    tried, batch = person.ended(person.send(content, name="Awards.JSONL", how="try", layout="json"))
    assert "No record has a fault" in words(tried)
    assert "Issue 2 micro-credentials" in words(tried)
    assert system.find_award("ripska", "UŘ/2026/ďway-1") is None
    issued, sent = person.ended(person.post(f"/batches/{batch}/send"))
    assert "All records are issued" in words(issued)
    assert system.batches.find("ripska", sent).actor == person.session.name
    archived = system.find_award("ripska", "UŘ/2026/ďway-1")
    identifier = archived.registration.identifier
    for text in ("UŘ/2026/ďway-1", identifier, system.link(identifier), archived.holder.split()[-1]):
        assert f"/desk/credentials/{identifier}" in person.get("/credentials", q=text).text, text
    page = person.get(f"/credentials/{identifier}")
    assert f"https://desk.test/verify/{identifier}" in page.text
    assert "It was issued." in words(page)
    [certificate] = re.findall(rf'href="(/desk/credentials/{identifier}/files/certificate[^"]*)"', page.text)
    saved = person.ask("GET", certificate)
    assert saved.content.startswith(b"%PDF")
    assert saved.headers["content-disposition"] == f'attachment; filename="{identifier}.pdf"'
    packed = person.get(f"/batches/{sent}/files")
    assert len(zipfile.ZipFile(io.BytesIO(packed.content)).namelist()) == 4
    assert f"/desk/batches/{sent}" in person.get("/batches").text


def test_a_new_holders_link_is_made_and_shown_once(signed_in, system, theirs):
    """It opens the holder's page, under the name of who made it; that of others is not there to be made, and no form without its token."""
    person = signed_in("ripska")
    person.ended(person.send(lines_of(an_award("held")), name="a.jsonl", how="send", layout="json"))
    identifier = system.find_award("ripska", "UŘ/2026/ďheld").registration.identifier
    place = f"/credentials/{identifier}"
    assert "/h/" not in person.get(place).text
    links = [
        re.findall(r">(https://desk\.test/h/[^<]+)<", person.post(f"{place}/holder-link").text)
        for _ in range(2)
    ]
    assert all(len(found) == 1 for found in links)
    [[first], [second]] = links
    with pytest.raises(ShareEnded):
        system.sharing.held_by(first.rpartition("/")[2])
    assert system.sharing.held_by(second.rpartition("/")[2]).identifier == identifier
    assert "/h/" not in person.get(place).text
    acts = [act for act in system.accounts.acts(limit=1000) if act.subject == identifier]
    assert {(act.actor, act.deed) for act in acts} == {(person.session.name, "holder-link")}
    assert person.post(f"/credentials/{theirs}/holder-link").status_code == 404
    assert person.post(f"{place}/holder-link", token="another").status_code == 403


def test_a_credential_is_revoked_for_a_reason(signed_in, system, theirs):
    """Under the name of who revokes it; nothing happens without a reason that verifiers can read."""
    person = signed_in("ripska")
    content = lines_of(an_award("revoked"))
    person.ended(person.send(content, name="a.jsonl", how="send", layout="json"))
    identifier = system.find_award("ripska", "UŘ/2026/ďrevoked").registration.identifier
    assert "It can’t be taken back" in words(person.get(f"/credentials/{identifier}/revoke"))
    for reason in ("", " ", "a\u202eb", "x" * 501, "855120/1230"):
        refused = person.post(f"/credentials/{identifier}/revoke", reason=reason)
        assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert system.archived(identifier).status.value is StatusValue.LIVE
    response = person.post(f"/credentials/{identifier}/revoke", reason="Kurz nebyl dokončen.")
    assert response.headers["location"] == f"/desk/credentials/{identifier}"
    page = words(person.get(f"/credentials/{identifier}"))
    assert "Reason: Kurz nebyl dokončen." in page
    assert "Revoke it" not in page
    [act] = [act for act in system.accounts.acts(limit=1000) if act.subject == identifier]
    assert (act.actor, act.deed) == (person.session.name, "revoke")


def test_a_credential_is_replaced(signed_in, system):
    """By the one corrected record; the old page leads to the new one, and can't be revoked any more."""
    person = signed_in("ripska")
    person.ended(person.send(lines_of(an_award("wrong")), name="a.jsonl", how="send", layout="json"))
    old = system.find_award("ripska", "UŘ/2026/ďwrong").registration.identifier
    path = f"/credentials/{old}/replace"
    award = json.dumps(an_award("wrong") | {"title": {"cs": "Oprava", "en": "Correction"}}).encode()
    assert person.send(award, path=path, layout="json", how="send", reason="").status_code == 422
    tried, batch = person.ended(person.send(award, path=path, layout="json", how="try", reason="Překlep."))
    assert "Issue 1 micro-credential" in words(tried)
    person.ended(person.post(f"/batches/{batch}/send"))
    status = system.archived(old).status
    assert (status.value, status.reason) == (StatusValue.REPLACED, "Překlep.")
    assert f"/desk/credentials/{status.successor}" in person.get(f"/credentials/{old}").text
    refused = person.post(f"/credentials/{old}/revoke", reason="x")
    assert (refused.status_code, status.successor in refused.text) == (409, True)


UPLOADS = {  # what is sent → (files, fields, status, what is said)
    "no file": ({"file": ("", b"")}, {}, 422, "Choose a file"),
    "an empty file": ({"file": ("a.json", b"")}, {}, 422, "The file is empty"),
    "two files": (
        [("file", ("a.json", b"{}")), ("file", ("b.json", b"{}"))],
        {},
        422,
        "Choose one file only",
    ),
    "blanks": ({"file": ("a.json", b"  \n ")}, {}, 422, "no record"),
    "no form": (None, {}, 400, "did not arrive complete"),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_what_can_not_be_taken_in_is_told_beside_the_field(signed_in, system, name):
    """The page comes again with what to do; nothing is taken in."""
    person, before = signed_in(), system.batches.recent("mu")
    files, fields, status, text = UPLOADS[name]
    response = person.post("/batches", files=files, **fields)
    assert response.status_code == status, words(response)
    assert text in words(response)
    assert 'href="#file"' in response.text
    assert system.batches.recent("mu") == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"since": "2026-02-30"}, 422),
        ({"since": "x"}, 422),
        ({"until": "0001-01-01", "since": "9999-12-31"}, 200),
        ({"state": "dead"}, 200),
        ({"q": "\u0000\u202e'\"%"}, 200),
        ({"q": "x" * 5000}, 200),
        ({"after": UNKNOWN}, 404),
    ],
)
def test_whatever_is_searched_for_is_answered(signed_in, query, status):
    """By a page."""
    assert signed_in().get("/credentials", **query).status_code == status


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": "-1"}, {"after": "9" * 30}, {"only": "x"}, {"wait": "x"}]
)
def test_whatever_part_of_a_batch_is_asked_for_is_answered(signed_in, theirs, query):
    """By a page."""
    assert signed_in().get(f"/batches/{theirs['mu'][1]}", **query).status_code == 200


@pytest.fixture
def four_eyes(system, monkeypatch):
    """Have issuing and revoking need a second pair of eyes."""
    settings = attrs.evolve(
        system.settings, four_eyes=attrs.evolve(system.settings.four_eyes, deeds=("issue", "revoke"))
    )
    monkeypatch.setattr(system, "settings", settings)


def test_what_needs_a_second_pair_of_eyes_waits_for_somebody_else(signed_in, system, four_eyes):
    """Whoever asked for it is told, can't confirm it under another name, and somebody of another institution doesn't see it."""
    person, other = signed_in("ripska"), signed_in("ripska", name="person host-2 Ďurďa")
    renamed, foreign = signed_in("ripska", name="person reditelka-1 Růžena Nová"), signed_in()
    response = person.send(lines_of(an_award("four")), name="a.jsonl", how="send", layout="json")
    assert response.status_code == 202
    assert "This waits for a second person" in words(response)
    [proposal] = system.proposals.recent("ripska", limit=1)
    assert proposal.id not in foreign.get("/proposals").text
    confirm = f"/proposals/{proposal.id}/confirm"
    assert [one.post(confirm).status_code for one in (person, renamed, foreign)] == [422, 422, 404]
    assert other.post(confirm, token="x").status_code == 403
    assert system.find_award("ripska", "UŘ/2026/ďfour") is None
    how = {"actor": "test", "at": datetime.now(UTC)}
    system.accounts.suspend("ripska", why="x", **how)
    suspended = other.post(confirm).status_code, confirm in other.get("/proposals").text
    system.accounts.resume("ripska", why="y", **how)
    assert suspended == (403, False)
    assert confirm in other.get("/proposals").text
    assert other.post(confirm).status_code == 303
    system.batches.wait("ripska", proposal.subject, seconds=600)
    identifier = system.find_award("ripska", "UŘ/2026/ďfour").registration.identifier
    assert person.post(f"/credentials/{identifier}/revoke", reason="Proto.").status_code == 202
    [proposal] = system.proposals.recent("ripska", limit=1)
    reader = signed_in("ripska", scopes=frozenset({"read"}), name="person host-3")
    assert reader.post(f"/proposals/{proposal.id}/refuse").status_code == 403
    assert "/refuse" not in reader.get("/proposals").text
    assert person.post(f"/proposals/{proposal.id}/refuse").status_code == 303
    assert system.archived(identifier).status.value is StatusValue.LIVE
    assert "was refused" in words(person.get("/proposals"))


# Types


def a_type(type_id, **changes):
    return json.dumps({**TYPE, "id": type_id, **changes}).encode()


def test_types_are_tried_kept_changed_and_ended(signed_in, system):
    """A trial keeps nothing; what is kept is listed with its versions, under the name of who kept it, and taken no more once it ended."""
    person, catalogue = signed_in("ripska"), system.catalogue
    tried = person.send(a_type("RD.1"), name="types.json", path="/types", how="try")
    assert "Nothing is kept yet; this would be RD.1" in words(tried)
    assert "RD.1" not in words(person.get("/types")).partition("Add types")[0]
    kept = person.send(a_type("RD.1"), name="types.json", path="/types", how="keep")
    assert "This is kept now RD.1" in words(kept)
    assert "version 1" in words(kept)
    again = person.send(a_type("RD.1"), name="types.json", path="/types", how="keep")
    assert "as before, version 1" in words(again)
    changed = person.send(
        a_type("RD.1", prerequisites={"cs": "Základy statistiky", "en": "Basics of statistics"}),
        path="/types",
        how="keep",
    )
    assert "version 2" in words(changed)
    page = words(person.get("/types/RD.1"))
    assert "version 2 since" in page
    assert "Basics of statistics" in page
    assert "Vstupní požadavky Základy statistiky" in words(person.get("/types/RD.1", lang="cs"))
    old = words(person.get("/types/RD.1", version="1"))
    assert "There is a newer version" in old
    assert "End it for good" not in old
    saved = person.get("/types/RD.1/file", version="2")
    assert saved.headers["content-disposition"] == 'attachment; filename="RD-1-2.json"'
    assert "as before, version 2" in words(person.send(saved.content, path="/types", how="keep"))
    ended = person.post("/types/RD.1/end")
    assert ended.headers["location"] == "/desk/types/RD.1"
    assert "Ended on" in words(person.get("/types/RD.1"))
    assert person.post("/types/RD.1/end").status_code == 422
    assert catalogue.type("ripska", "RD.1").ended_at is not None
    [act] = [act for act in system.accounts.acts(limit=1000) if act.deed == ENDED]
    assert (act.actor, act.subject) == (person.session.name, "ripska")


WRONG_TYPES = {  # what a file has → what is told
    "no title": (a_type("RD.9", title=None), "title"),
    "no type": (b'{"id": 1}', "id"),
    "nonsense": (b"%PDF-1.7", "PDF"),
    "nothing": (b"", "empty"),
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_a_file_with_a_fault_keeps_nothing(signed_in, system, name):
    """All faults are told, with their place, whether it is tried or kept."""
    content, told = WRONG_TYPES[name]
    person, before = signed_in("ripska"), system.catalogue.types("ripska")
    for how in ("try", "keep"):
        refused = person.send(content, name="types.json", path="/types", how=how)
        assert refused.status_code in {400, 422}
        assert 'role="alert"' in refused.text
        assert told in words(refused)
    assert person.post("/types", files={"other": ("a", b"x")}, how="keep").status_code in {400, 422}
    assert system.catalogue.types("ripska") == before


def test_types_of_others_are_as_unknown_as_those_that_are_not_there(signed_in, place, system):
    """To the letter, on every route; and no version is found that there isn't."""
    how = {"actor": "test", "at": datetime.now(UTC)}
    system.catalogue.keep("ripska", read_types(a_type("RD.2")), **how)
    person = signed_in("mu")
    routes = [route for route in place.routes if "{type:str}" in route.path]
    assert len(routes) == 3
    for route in routes:
        theirs, nowhere = (route.path.replace("{type:str}", one) for one in ("RD.2", "RD.0"))
        answer, nothing = asked(person, route, theirs), asked(person, route, nowhere)
        assert (answer.status_code, nothing.status_code) == (404, 404), route
        assert answer.text.replace(theirs, "") == nothing.text.replace(nowhere, ""), route
    assert "RD.2" not in person.get("/types").text
    own = signed_in("ripska")
    for version in ("2", "0", "-1", "x", "٣", "9" * 30, f"{1:010}" + "9" * 30):
        assert own.get("/types/RD.2", version=version).status_code == 404
    assert own.get("/types/RD.2", version="1").status_code == 200
    assert system.catalogue.type("ripska", "RD.2").ended_at is None


# Whose is what


def addresses(place, identifier, batch, type_id="no-such-type"):
    """Give every route with these identifiers in it."""
    for route in place.routes:
        path = route.path.replace("{identifier:str}", identifier).replace("{batch:str}", batch)
        path = path.replace("{proposal:str}", "p-1111111111").replace("{type:str}", type_id)
        yield route, path.replace("{name:str}", f"{identifier}.jsonld")


def state_of(system, theirs):
    return [
        (system.archived(identifier), system.batches.find(institution, batch))
        for institution, (identifier, batch) in theirs.items()
    ] + [len(system.batches.recent(institution)) for institution in theirs]


FIELDS = {"reason": "Proto.", "how": "send", "layout": "json"}
NOBODY = {"signed out": "ended", "never signed in": None, "a made-up session": "x" * 43}


def asked(person, route, path):
    if route.method == "GET":
        return person.get(path)
    multipart = path in {"/batches", "/types"} or path.endswith("/replace")
    files = {"file": ("a.jsonl", lines_of(an_award("foreign")))} if multipart else None
    return person.post(path, files=files, **FIELDS)


def test_what_is_another_institutions_is_the_same_as_what_is_not_there(signed_in, system, place, theirs):
    """On every route, with every foreign identifier, the answer is, to the letter, that of an identifier that nobody has."""
    before, tried = state_of(system, theirs), 0
    for institution, others in (("mu", "ripska"), ("ripska", "mu")):
        person = signed_in(institution)
        foreign = addresses(place, *theirs[others])
        unknown = addresses(place, UNKNOWN, "b-1111111111")
        for (route, path), (_, nowhere) in zip(foreign, unknown, strict=True):
            if "{" not in route.path:
                continue
            answer, nothing = asked(person, route, path), asked(person, route, nowhere)
            assert nothing.status_code == 404, route
            assert answer.status_code == nothing.status_code, route
            hidden = [one.text.replace(path, "").replace(nowhere, "") for one in (answer, nothing)]
            assert hidden[0] == hidden[1], route
            tried += 1
    assert tried > 18
    assert state_of(system, theirs) == before


def test_lists_have_nothing_of_others(signed_in, theirs):
    """Neither by number, identifier, link or name, nor after a foreign one."""
    for institution, others in (("mu", "ripska"), ("ripska", "mu")):
        person, (identifier, batch) = signed_in(institution), theirs[others]
        for query in (
            {},
            {"q": identifier},
            {"q": f"https://desk.test/verify/{identifier}"},
            {"after": identifier},
        ):
            page = person.get("/credentials", **query)
            assert f"/desk/credentials/{identifier}" not in page.text
        assert batch not in person.get("/batches").text
        assert batch not in person.get("").text


@pytest.mark.parametrize("name", NOBODY)
def test_nobody_gets_anything_without_a_session(signed_in, place, system, theirs, name):
    """Whatever is asked for is refused, and nothing changes."""
    before = state_of(system, theirs)
    person = signed_in("ripska")
    if NOBODY[name] == "ended":
        place.shared.sessions.end(person.cookie)
    else:
        person = attrs.evolve(person, cookie=NOBODY[name])
    for route, path in addresses(place, *theirs["ripska"]):
        response = asked(person, route, path)
        assert response.status_code == 403, route
        assert "You are not signed in" in response.text
    assert state_of(system, theirs) == before


@pytest.mark.parametrize("token", ["", "x", "of another session"])
def test_no_form_of_another_site_does_anything(signed_in, place, system, theirs, token):
    """Each needs the token of this very session."""
    before = state_of(system, theirs)
    person = signed_in("ripska")
    if token == "of another session":
        token = signed_in("ripska").session.token
    forged = attrs.evolve(person, session=attrs.evolve(person.session, token=token))
    for route, path in addresses(place, *theirs["ripska"]):
        if route.method == "POST" and route.scopes <= ALL:
            response = asked(forged, route, path)
            assert response.status_code == 403, route
            assert "This form is out of date" in response.text
    assert state_of(system, theirs) == before
    assert person.get("/batches").status_code == 200


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        ("read",),
        ("issue",),
        ("revoke",),
        ("issue", "read"),
        ("read", "revoke"),
        ("issue", "read", "revoke"),
    ],
)
def test_people_do_what_they_may_and_nothing_else(signed_in, place, system, theirs, scopes):
    """What needs more is refused, and no page offers it."""
    before = state_of(system, theirs)
    person = signed_in("ripska", scopes=frozenset(scopes))
    for route, path in addresses(place, *theirs["ripska"]):
        if route.scopes - set(scopes):
            assert asked(person, route, path).status_code == 403, route
    assert state_of(system, theirs) == before
    page = person.get("")
    if scopes:
        assert ("how" in page.text and 'value="send"' in page.text) == ("issue" in scopes)
    if "read" in scopes:
        page = person.get(f"/credentials/{theirs['ripska'][0]}")
        assert ("/revoke" in page.text) == ("revoke" in scopes)


def test_who_is_suspended_reads_and_does_no_more(signed_in, place, system, theirs):
    """From one request to the next."""
    person, how = signed_in("ripska"), {"actor": "test", "at": datetime.now(UTC)}
    system.accounts.suspend("ripska", why="x", **how)
    try:
        for route, path in addresses(place, *theirs["ripska"]):
            if route.scopes == {"read"}:
                none = any(part in route.path for part in ("{proposal:str}", "{type:str}"))
                expected = 404 if none else 200  # there is none of this identifier
                assert asked(person, route, path).status_code == expected, route
            elif route.scopes:
                response = asked(person, route, path)
                assert response.status_code == 403, route
                ever = route.scopes <= ALL
                assert ("Your institution may not do this now" in response.text) == ever
    finally:
        system.accounts.resume("ripska", why="y", **how)


# What the operator sees


@pytest.fixture
def on_duty(client, place):
    """Somebody of the operator."""
    name = "person sluzba-1 Bořek Šťastný"
    session = Session("https://login.example.cz", name, name, None, frozenset({OPERATE}), "Bořek Šťastný")
    return Person(client, session, place.shared.sessions.begin(session))


def test_the_operators_pages_are_the_operators(on_duty, signed_in, place, system, theirs):
    """Whatever people of an institution may do there, they see none of them; and who is of the operator sees nothing of an institution's."""
    before, seen = state_of(system, theirs), 0
    for institution in theirs:
        person = signed_in(institution)
        for route, path in addresses(place, *theirs[institution]):
            if OPERATE in route.scopes:
                answer = asked(person, route, path)
                assert (answer.status_code, "You may not do this" in answer.text) == (403, True), route
                seen += 1
            elif route.scopes:
                assert asked(on_duty, route, path).status_code == 403, route
        assert "/desk/operator" not in person.get("").text
    assert seen == 2 * len([route for route in place.routes if OPERATE in route.scopes]) > 0
    assert state_of(system, theirs) == before


def test_who_is_on_duty_sees_how_everything_is(on_duty, system, theirs):
    """Institutions with their stage, what waits, what was given up, what is stuck, what ends when; and no learner, record or credential."""
    front = on_duty.get("")
    assert (front.status_code, front.headers["location"]) == (303, "/desk/operator")
    tomorrow = datetime.now(UTC) + timedelta(days=1)  # so that no worker takes it
    system.queue.add(Job("no-such-task", at=tomorrow))
    number = next(one.number for one in system.queue.jobs() if one.job.task == "no-such-task")
    system.queue.fail(Taken(number, Job("no-such-task"), 0, None), fault="KeyError at x.py:1", give_up=True)
    webhook, _ = system.webhooks.add("ripska", "https://ripska.example/hook")
    try:
        Outbox(system.the_archive()).failed(webhook.id, fault="HTTP 410", stopped_at=datetime.now(UTC))
        page = on_duty.get("/operator", lang="en")
        assert page.status_code == 200, words(page)
        text = words(page).lower()
        for shown in (
            "masaryk university",
            "in the sandbox",
            "jobs that were given up: 1",
            "mikrocert jobs retry",
            f"mikrocert webhook replay {webhook.id} --institution ripska".lower(),
            "http 410",
            "test seals count here",
            "lasts until",
        ):
            assert shown in text, shown
        checks = on_duty.get("/operator/checks", lang="en")
        assert "to be done" in words(checks)
        assert "archive.url" in words(checks)
        assert words(on_duty.post("/operator/checks")).count("archive.url") == words(checks).count(
            "archive.url"
        )
        assert on_duty.post("/operator/checks", token="another").status_code == 403
        for language in ("cs", "sk", "uk"):
            assert on_duty.get("/operator", lang=language).status_code == 200
        for identifier, _ in theirs.values():
            archived = system.archived(identifier)
            hidden = [identifier, archived.registration.evidence_number, archived.holder]
            assert [one for one in hidden if one in page.text + checks.text] == []
    finally:
        system.webhooks.remove("ripska", webhook.id)
        system.queue.forget(tomorrow)


def test_what_waits_for_people_is_told_without_what_it_says(on_duty, signed_in, system, theirs, four_eyes):
    """Whose it is, who asked for it and until when, with the command that shows it; neither reason nor credential."""
    person, identifier = signed_in("ripska"), theirs["ripska"][0]
    assert person.post(f"/credentials/{identifier}/revoke", reason="Tajný důvod.").status_code == 202
    proposal = system.proposals.of_subject(identifier)
    page = on_duty.get("/operator", lang="en")
    assert f"mikrocert proposals show {proposal.id}" in words(page)
    assert "Růžena Řezníčková" in page.text  # who asked for it, and no learner
    assert [one for one in ("Tajný důvod", identifier) if one in page.text] == []
    system.proposals.refuse(proposal.id, institution="ripska", actor="test")
    assert proposal.id not in on_duty.get("/operator").text


def test_no_page_of_the_desk_is_kept_or_loads_anything(signed_in, place, theirs):
    """Whatever is asked for."""
    person = signed_in("ripska")
    for route, path in addresses(place, *theirs["ripska"]):
        if route.method == "GET":
            headers = person.get(path).headers
            assert headers["cache-control"] == "no-store"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "noindex" in headers["x-robots-tag"]


def test_each_route_but_signing_out_demands_something(place):
    """None was forgotten."""
    assert {route.path for route in place.routes if not route.scopes} == {"/sign-out"}
