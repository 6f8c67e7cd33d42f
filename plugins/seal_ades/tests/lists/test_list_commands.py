"""`mikrocert trust update` and `show`: what they print, how they end, and what settings they need."""

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.api import SealError, Severity, TrustedLists
from mikrocert.cli.app import run
from mikrocert.testing import CommandContract
from mikrocert_seal_ades import list_commands
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.list_commands import group
from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.problems import problem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CZ, SK = "https://listy.example/cz.xml", "https://listy.example/sk.xml"


class TestCommand(CommandContract):
    @pytest.fixture
    def app(self):
        return group()


@attrs.define
class Place:
    """A folder with settings, a web with lists, and the program."""

    path: object
    pages: dict
    capsys: object
    at: datetime = NOW

    def run(self, *arguments):
        code = run(["--config", str(self.path / "mikrocert.toml"), "trust", *arguments])
        return code, self.capsys.readouterr()

    def json(self, *arguments):
        code, printed = self.run(*arguments, "--json")
        return code, json.loads(printed.out)

    def settings(self, text):
        (self.path / "mikrocert.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def place(lists, made, tmp_path, capsys, monkeypatch):
    """Return a folder with settings, and a web with a list of lists and the Czech one; the Slovak one isn't there."""
    monkeypatch.setenv("COLUMNS", "100")
    pointers = [
        made.own_pointer(lists.pinned.der),
        made.pointer(CZ, "CZ", lists.czech.der),
        made.pointer(SK, "SK", lists.office("SK", "slovak office").der),
    ]
    service = made.service([lists.parties.authority.der], made.Entry(NOW - DAY))
    pages = {made.LOTL: lists.of_lists(pointers=pointers), CZ: lists.national(services=[service, service])}
    found = Place(tmp_path, pages, capsys)

    def get(self, url):
        if url not in found.pages:
            raise ServiceError(problem("service-silent", url=url, reason="HTTP 404"))
        return found.pages[url]

    monkeypatch.setattr(Http, "get", get)
    monkeypatch.setattr(list_commands, "present", lambda: found.at)
    (tmp_path / "pinned.pem").write_bytes(lists.pinned.pem)
    found.settings(f'[trust.lists]\nsigners = ["pinned.pem"]\nurl = "{made.LOTL}"\nterritories = ["CZ"]\n')
    return found


def test_update_and_show(place, lists):
    """What was fetched is shown, with numbers, times, services, and by whom each list is signed."""
    code, printed = place.run("update")
    assert (code, printed.out) == (0, "Lists that are new: 2, as before: 0, failed: 0.\n")
    progress = [line.split() for line in printed.err.splitlines() if "/2" in line]
    assert progress == [["1/2", "✓", "EU", "new"], ["2/2", "✓", "CZ", "new"]]

    place.at = NOW + 3 * DAY
    code, shown = place.json("show")
    assert code == 0
    assert shown["at"] == "2026-11-25T12:00:00+00:00"
    assert [one["territory"] for one in shown["lists"]] == ["EU", "CZ"]
    czech = shown["lists"][1]
    assert czech.pop("signer") == {
        "organisation": "Úřad",
        "sha256": lists.czech.certificate.fingerprint(_sha256()).hex(),
    }
    assert czech == {
        "territory": "CZ",
        "state": "current",
        "fetched": "2026-11-22T12:00:00+00:00",
        "age_days": 3,
        "problems": [],
        "version": 6,
        "sequence": 5,
        "operator": "Office",
        "issued": "2026-11-21T12:00:00+00:00",
        "next_update": "2027-03-02T12:00:00+00:00",
        "services": 2,
        "unreadable_services": [],
    }
    code, printed = place.run("show", "--lang", "cs")
    assert code == 0
    assert "číslo 5, verze 6" in printed.out


def _sha256():
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def test_one_that_fails(place):
    """Where one list can't be had the answer says which and why, and the others are kept."""
    code, answer = place.json("update", "CZ", "SK")
    assert code == 1
    found = {
        one["territory"]: (one["outcome"], [each["code"] for each in one["problems"]])
        for one in answer["lists"]
    }
    assert found == {"EU": ("new", []), "CZ": ("new", []), "SK": ("failed", ["service-silent"])}
    code, printed = place.run("update", "SK")
    assert (code, "service-silent" in printed.out) == (1, True)
    assert place.json("show")[0] == 0  # settings want the Czech one only


def test_no_list_of_lists(place, made):
    """Without a list of lists that holds nothing is fetched, and nothing is shown."""
    assert place.run("show")[0] == 3
    place.pages[made.LOTL] = b"<html/>"
    code, answer = place.json("update")
    assert (code, [one["territory"] for one in answer["lists"]]) == (3, ["EU"])
    code, shown = place.json("show")
    assert (code, shown["lists"][0]["problems"][0]["code"]) == (3, "list-none")


def test_stale_and_closed(place, lists):
    """A list past its next update is shown as such; a closed one says so; neither is hidden."""
    place.pages[CZ] = lists.national(next_update=NOW + DAY)
    place.run("update")
    place.at = NOW + 2 * DAY
    code, shown = place.json("show")
    assert (code, shown["lists"][1]["state"]) == (1, "stale")
    code, printed = place.run("show")
    assert (code, "past its next update" in printed.out) == (1, True)
    place.pages[CZ] = lists.national(next_update=None, sequence=6)
    assert place.run("update")[0] == 0
    code, printed = place.run("show")
    assert (code, "it is closed" in printed.out) == (0, True)


def test_a_service_that_cannot_be_read(place, lists, made):
    """A service without a readable time is left out and named."""
    service = made.service([lists.parties.authority.der], made.Entry(NOW), name="Bez času")
    place.pages[CZ] = lists.national(services=[service.replace(made.stamp(NOW), "včera")])
    place.run("update")
    assert place.json("show")[1]["lists"][1]["unreadable_services"] == ["Bez času"]
    assert "Bez času" in place.run("show")[1].out


UNSET = {
    "no section": ("", "no trusted lists are set up in"),
    "no signers": ("[trust.lists]\nsigners = []\n", "`mikrocert trust update` then fetches"),
    "no certificates": ("[trust.lists]\n", "signers"),
    "a file that isn't there": ('[trust.lists]\nsigners = ["nowhere.pem"]\n', "trust.lists.signers"),
    "a file without certificates": ('[trust.lists]\nsigners = ["mikrocert.toml"]\n', "trust.lists.signers"),
}


@pytest.mark.parametrize("command", ["update", "show"])
@pytest.mark.parametrize(("text", "named"), UNSET.values(), ids=UNSET)
def test_settings(place, command, text, named):
    """Without pinned certificates nothing is fetched and nothing is shown; the error names what is missing."""
    place.settings(text)
    code, printed = place.run(command)
    assert code not in {0, 1, 3}
    assert printed.out == ""
    assert named in printed.err


def test_folder_in_use(place):
    """A folder that can't be used ends the update, and the error says why."""
    (place.path / "trusted-lists").write_bytes(b"")
    code, printed = place.run("update")
    assert code not in {0, 1, 3}
    assert "trusted-lists" in printed.err


@pytest.mark.parametrize("kind", ["jades", "pades"])
def test_an_envelope_updates_what_the_command_does(place, lists, made, kind):
    """A job asks it; each list that failed is an error with its territory, and what was kept stays."""
    envelope = JadesEnvelope() if kind == "jades" else PadesEnvelope()
    every = TrustedLists(place.path / "trusted-lists", (lists.pinned.der,), (), made.LOTL)
    found = envelope.update_lists(every, at=NOW)
    assert [(one.path, one.severity) for one in found if one.severity is Severity.ERROR] == [
        ("SK", Severity.ERROR)
    ]
    assert {one.path for one in found if one.code == "list-updated"} == {"EU", "CZ"}
    assert place.json("show")[0] == 0
    place.pages.clear()
    [failed] = envelope.update_lists(every, at=NOW)
    assert (failed.path, failed.severity) == ("EU", Severity.ERROR)
    assert place.json("show")[0] == 0
    blocked = place.path / "blocked"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(SealError):
        envelope.update_lists(attrs.evolve(every, folder=blocked), at=NOW)
