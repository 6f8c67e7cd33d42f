"""Sealed heads of the log are renewed in their place; what can't be is told, and harms nothing else."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.errors import EnvelopeError, LogError, SealError, SettingsError
from mikrocert.kinds.envelope import Envelope, Lasting, OpenedEnvelope, Services
from mikrocert.log.notes import Note, PrivateKey
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.service.keeping.renewing import Endings
from mikrocert.service.keeping.renewing_heads import endings_of_heads, heads_of, keep_head, renew_heads
from mikrocert.service.system import open_system
from mikrocert.settings import LogSettings, Settings
from mikrocert.texts import message

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
HEAD = str(PrivateKey.new("log.example").sign(Note("log.example\n0\n" + "A" * 43 + "=\n")))


def sealed(payload=HEAD, *, years=1.0, whole=True):
    """A sealed file of these tests: end of its seal in years from now, whether it is whole, and what is inside."""
    return f"SEAL|{years}|{whole}|{payload}".encode()


@attrs.define
class Lines(Envelope):
    """Seals are a line of text; renewing adds two years, or what `change` makes of it."""

    change: object = None
    meanwhile: object = lambda: None

    def prepare(self, payload, *, identity, at):
        raise NotImplementedError

    def finish_many(self, prepared, signatures, *, services):
        raise NotImplementedError

    def recognises(self, data):
        return data.startswith(b"SEAL")

    def open(self, data):
        try:
            _, years, whole, payload = data.decode().split("|")
        except ValueError as error:
            raise EnvelopeError([Finding.error("torn", "it is torn")]) from error
        return OpenedEnvelope("lines", payload.encode(), (), (float(years), whole == "True"))

    def examine(self, opened, *, trust, at):
        return (CheckResult("integrity", Outcome.PASSED if opened.content[1] else Outcome.FAILED),)

    def lasting(self, opened):
        return Lasting("B-LTA", NOW + opened.content[0] * YEAR) if opened.content[0] else None

    def renew_many(self, files, *, services):
        self.meanwhile()
        [data] = files
        if self.change is not None:
            return (self.change(data),)
        return (data.replace(b"SEAL|1.0", b"SEAL|3.0"),)


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def put(tmp_path):
    """Return what writes a file and returns its path."""

    def written(name, octets):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(octets)
        return path

    return written


@pytest.fixture
def renew(lines):
    """Return what renews heads that end within a year and a half."""

    def run(*paths, **options):
        how = {"services": Services(), "before": NOW + 1.5 * YEAR, "at": NOW, **options}
        return list(renew_heads(paths, envelopes={"lines": lines}, **how))

    return run


def test_what_ends_soon_is_renewed_in_its_place(put, renew):
    """The next run finds nothing, and what lasts is left alone."""
    soon, later = put("soon", sealed()), put("later", sealed(years=2.0))
    endless = put("endless", sealed(years=0.0))
    [found] = renew(soon, later, endless)
    assert (found.head, found.identifier, found.fault) == (soon, None, None)
    assert (found.before.until, found.after.until) == (NOW + YEAR, NOW + 3 * YEAR)
    assert soon.read_bytes() == sealed(years=3.0)
    assert later.read_bytes() == sealed(years=2.0)
    assert renew(soon, later) == []


def test_a_dry_run_does_nothing(put, renew):
    """It says what is due, and until when it lasts."""
    path = put("head", sealed())
    [found] = renew(path, dry_run=True)
    assert (found.before.until, found.after, found.fault) == (NOW + YEAR, None, None)
    assert path.read_bytes() == sealed()


def refuse(_):
    raise SealError(message("no time-stamp"))


CHANGES = {  # what renewing gives → what is told
    "a service refuses": (refuse, "no time-stamp"),
    "another payload": (lambda data: sealed("another", years=3.0), "holds something else"),
    "a broken seal": (lambda data: sealed(years=3.0, whole=False), "not intact"),
    "the same": (lambda data: data, "no longer than it does"),
    "nothing of the kind": (lambda data: b"SEAL", "it is torn"),
}


@pytest.mark.parametrize(("change", "fault"), CHANGES.values(), ids=CHANGES)
def test_what_is_no_better_takes_no_place(put, renew, lines, change, fault):
    """The old file stays, octet for octet."""
    path = put("head", sealed())
    lines.change = change
    [found] = renew(path)
    assert fault in str(found.fault)
    assert path.read_bytes() == sealed()


def test_a_head_that_was_published_meanwhile_stays(put, renew, lines):
    """It is newer than what was renewed."""
    path = put("head", sealed())
    lines.meanwhile = lambda: path.write_bytes(sealed(years=5.0))
    [found] = renew(path)
    assert "meanwhile" in str(found.fault)
    assert path.read_bytes() == sealed(years=5.0)


UNREADABLE = {  # what a file has → what is told
    "nothing sealed": (HEAD.encode(), "no sealed head"),
    "a torn one": (b"SEAL", "it is torn"),
    "something else sealed": (sealed("a credential"), "note"),
    "one that has ended": (sealed(years=-1.0), "nothing can prove it any more"),
}


@pytest.mark.parametrize(("octets", "fault"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_not_be_renewed_is_told_and_the_others_are(put, renew, octets, fault):
    """By the name of its file."""
    bad, good = put("bad", octets), put("good", sealed())
    first, second = renew(bad, good)
    assert (first.head, fault in str(first.fault)) == (bad, True), first.fault
    assert (second.head, second.fault) == (good, None)
    assert bad.read_bytes() == octets


def test_a_file_that_is_not_there_is_told(tmp_path, renew):
    """It is nobody's success."""
    [found] = renew(tmp_path / "gone")
    assert found.fault is not None


def test_endings_are_counted_by_year(put, lines):
    """Each head by itself."""
    paths = [
        put("1", sealed(years=0.5)),
        put("2", sealed(years=2.0)),
        put("3", sealed(years=2.0)),
        put("4", sealed(years=-1.0)),
        put("5", b"?"),
        put("6", sealed(years=0.0)),
    ]
    found = endings_of_heads(paths, envelopes={"lines": lines}, at=NOW, soon=NOW + YEAR)
    assert found == Endings({2027: 1, 2028: 2}, soon=1, ended=1, unreadable=1)


def test_the_first_head_of_each_month_is_kept(tmp_path):
    """Others of the month leave it as it is."""
    folder = tmp_path / "kept"
    for at, octets in ((NOW, b"1"), (NOW + timedelta(days=1), b"2"), (NOW + timedelta(days=30), b"3")):
        keep_head(octets, folder=folder, at=at)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "2026-11.sealed": b"1",
        "2026-12.sealed": b"3",
    }


def test_settings_say_where_heads_are(put, tmp_path):
    """The published one, then those that are kept, the oldest first; nothing else."""
    published, first = put("log/checkpoint.sealed", b"x"), put("kept/2026-01.sealed", b"x")
    second = put("kept/2026-02.sealed", b"x")
    put("kept/.lock", b"")
    settings = Settings(folder=tmp_path, log=LogSettings(folder="log", kept="kept"))
    assert heads_of(settings) == (published, first, second)
    assert heads_of(attrs.evolve(settings, log=LogSettings(folder="elsewhere", kept="elsewhere"))) == ()
    assert heads_of(attrs.evolve(settings, log=None)) == ()
    with pytest.raises(LogError, match="can't be read"):
        heads_of(attrs.evolve(settings, log=LogSettings(kept="log/checkpoint.sealed")))


def test_heads_that_are_not_sealed_can_not_be_kept(toy, tmp_path, archive):
    """A slip in the settings is told before anything is published."""
    settings = toy.settings(tmp_path)
    with (
        open_system(settings, plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match=r"log\.kept needs log\.envelope"),
    ):
        system.log._seal_of_heads(LogSettings(kept="kept"), None)
