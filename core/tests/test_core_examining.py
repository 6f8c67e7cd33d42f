"""What an operator is told of what he has set up: errors and warnings for what is to be done, infos for what is well."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from cryptography import x509
from mikrocert.archive import open_archive
from mikrocert.cli.app import run
from mikrocert.errors import SettingsError
from mikrocert.host.loading import Failure
from mikrocert.kinds.envelope import Lasting
from mikrocert.report import Finding, Severity
from mikrocert.service.doctor.examining import examine
from mikrocert.service.doctor.examining_machine import examine_machine
from mikrocert.service.doctor.examining_timestamps import period_of
from mikrocert.service.system import open_system
from mikrocert.settings import Archive, LogSettings, TimestampSettings, TrustedListSettings, TrustSettings
from mikrocert.texts import message

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings(toy, tmp_path, empty_archive):
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    return toy.settings(tmp_path, sandbox=False)


def found(toy, settings, *, at=AT, plugins=None, **how):
    """Return code, severity and path of each finding."""
    with open_system(settings, plugins=plugins or toy.plugins()) as system:
        return [(one.code, one.severity, one.path) for one in examine(system, at=at, **how)]


def test_what_is_well_is_told_as_such(toy, settings):
    """Where nothing is to be done there are only infos: address, archive, anchors."""
    assert found(toy, settings) == [
        ("base-url", Severity.INFO, "base_url"),
        ("archive", Severity.INFO, "archive.url"),
        ("certificate", Severity.INFO, "trust.anchors[0]"),
        ("keeping", Severity.INFO, "privacy"),
        ("permissions", Severity.INFO, "archive.keys"),
        ("disk", Severity.INFO, "archive.url"),
    ]


TO_DO = {
    "no operator": ({"operator": None}, ("operator", Severity.ERROR, "operator")),
    "a sandbox": ({"sandbox": True}, ("sandbox", Severity.WARNING, "sandbox")),
    "an address of this machine": (
        {"base_url": "http://127.0.0.1:8000"},
        ("base-url", Severity.ERROR, "base_url"),
    ),
    "no archive": ({"archive": None}, ("archive", Severity.ERROR, "archive")),
    "an archive that nobody made": (
        {"archive": Archive("sqlite:///jiný.sqlite")},
        ("archive", Severity.ERROR, "archive"),
    ),
    "no anchor": ({"trust": TrustSettings()}, ("no-anchor", Severity.ERROR, "trust.anchors")),
    "an anchor that isn't there": (
        {"trust": TrustSettings(anchors=("není.pem",))},
        ("certificate", Severity.ERROR, "trust.anchors[0]"),
    ),
    "a signer that isn't there": ({"signer": "není"}, ("settings", Severity.ERROR, "signers.není")),
}


@pytest.mark.parametrize(("changes", "expected"), TO_DO.values(), ids=TO_DO)
def test_what_is_to_be_done_is_told_with_its_place(toy, settings, changes, expected):
    """Each with the setting that is meant."""
    assert expected in found(toy, attrs.evolve(settings, **changes))


@pytest.mark.parametrize(
    ("days", "code", "severity"),
    [
        (-1, "certificate-ended", Severity.WARNING),
        (30, "certificate-ends", Severity.WARNING),
        (120, "certificate", Severity.INFO),
    ],
)
def test_certificates_are_told_before_they_end(toy, settings, days, code, severity):
    """Three months before: getting another one takes weeks; a seal certificate of former times may have ended."""
    root = x509.load_pem_x509_certificate((settings.folder / "root.pem").read_bytes())
    at = root.not_valid_after_utc - timedelta(days=days)
    operator = attrs.evolve(settings.operator, seal_certificates=("root.pem",))
    findings = found(toy, attrs.evolve(settings, operator=operator), at=at)
    assert (code, severity, "trust.anchors[0]") in findings
    former = Severity.INFO if code == "certificate-ended" else severity
    assert (code, former, "operator.seal_certificates[0]") in findings


def crash(_config, _examination):
    message = "kaput"
    raise ValueError(message)


def refuse(_config, _examination):
    raise SettingsError(message("it is wrong"))


EXAMINED = {
    "a finding with a place": (
        lambda _, __: [Finding.warning("old", "old", path="level")],
        ("old", Severity.WARNING, "envelopes.own.level"),
    ),
    "one without": (lambda _, __: [Finding.info("new", "new")], ("new", Severity.INFO, "envelopes.own")),
    "no findings": (lambda _, __: [None], ("settings", Severity.ERROR, "envelopes.own")),
    "a crash": (crash, ("settings", Severity.ERROR, "envelopes.own")),
    "an error of ours": (refuse, ("settings", Severity.ERROR, "envelopes.own")),
}


@pytest.mark.parametrize(("examine_own", "expected"), EXAMINED.values(), ids=EXAMINED)
def test_offers_say_what_there_is_to_say_of_their_sections(toy, settings, examine_own, expected):
    """Places are members of the section; what goes wrong with one is told, and the others are asked all the same."""
    plugins = toy.plugins()
    plugins.add(toy.offering("envelopes", "own", lambda _: None, examine=examine_own), name="own")
    findings = found(toy, settings, plugins=plugins)
    assert expected in findings
    assert ("archive", Severity.INFO, "archive.url") in findings


@pytest.mark.parametrize("network", [False, True])
def test_an_offer_learns_how_far_it_may_go(toy, settings, network):
    """The time and whether services may be asked come from whoever examines."""
    asked = []
    plugins = toy.plugins()
    plugins.add(
        toy.offering("envelopes", "own", lambda _: None, examine=lambda _, how: asked.append(how) or ()),
        name="own",
    )
    found(toy, settings, plugins=plugins, network=network)
    assert [(how.at, how.network) for how in asked] == [(AT, network)]


def test_a_failed_plugin_is_told(toy, settings):
    """With its reason."""
    plugins = toy.plugins()
    plugins.failures.append(Failure("kaput", "toy-kaput", message("ImportError")))
    assert ("plugin", Severity.ERROR, "") in found(toy, settings, plugins=plugins)


class Listing:
    """What is common to envelopes that use trusted lists, and say so."""

    def __init__(self, toy, *, answer=(), listed=False):
        self.toy, self.answer, self.listed = toy, answer, listed

    def make(self):
        """Return such an envelope."""
        outer = self

        class Envelope(self.toy.Envelope):
            def examine_lists(self, lists, *, at):
                return outer.answer

            def vouched_for(self, certificates, *, trust, at):
                return outer.listed and trust.lists is not None

        return Envelope(b"LISTS", "lists")


LISTS = TrustSettings(lists=TrustedListSettings(("root.pem",)))
OLD = Finding.warning("list-stale", "old", path="CZ")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((OLD,), [("list-stale", Severity.WARNING, "trust.lists.CZ")]),
        ((), []),
        (None, [("lists", Severity.ERROR, "trust.lists")]),
    ],
)
def test_trusted_lists_stand_in_for_anchors_and_are_told(toy, settings, answer, expected):
    """What an envelope says of them, with their place; where there are lists, no anchor is missed."""
    plugins = toy.plugins()
    plugins.add(
        toy.offering("envelopes", "lists", lambda _: Listing(toy, answer=answer).make()), name="lists"
    )
    findings = found(toy, attrs.evolve(settings, trust=LISTS), plugins=plugins)
    assert [one for one in findings if "lists" in one[2]] == expected
    assert "no-anchor" not in {code for code, _, _ in findings}


@pytest.mark.parametrize("listed", [False, True])
def test_lists_above_the_seal_are_enough_for_the_signer(toy, settings, listed):
    """Doctor and issuing ask the same."""
    plugins = toy.plugins()
    plugins.add(
        toy.offering("envelopes", "lists", lambda _: Listing(toy, listed=listed).make()), name="lists"
    )
    settings = attrs.evolve(settings, trust=LISTS)
    with open_system(settings, plugins=plugins) as system:
        identity = attrs.evolve(toy.Signer.identity, certificates=(b"x",))
        assert system.is_listed(identity, at=AT) is listed
        assert open_without_lists(toy, settings, identity) is False


def open_without_lists(toy, settings, identity):
    """Return whether lists that settings don't name stand above somebody."""
    with open_system(attrs.evolve(settings, trust=TrustSettings()), plugins=toy.plugins()) as system:
        return system.is_listed(identity, at=AT)


def test_each_signer_with_a_section_is_examined(toy, settings):
    """Not only the one that is used, and that one once."""
    asked = []
    plugins = toy.plugins()
    for name in ("spare", "idle"):
        examine_own = lambda _, __, name=name: asked.append(name) or ()  # noqa: E731
        plugins.add(toy.offering("signers", name, lambda _: None, examine=examine_own), name=f"s-{name}")
    sections = {"signers": {"spare": {}, "toy": {}}}
    found(toy, attrs.evolve(settings, signer="toy", offers=sections), plugins=plugins)
    assert asked == ["spare"]
    found(toy, attrs.evolve(settings, signer="spare", offers=sections), plugins=plugins)
    assert asked == ["spare", "spare"]


def test_a_command_with_a_section_is_examined(toy, settings):
    """Its place is told with it; a command without a section is nobody's wish."""
    plugins = toy.plugins()
    warn = lambda _, __: [Finding.warning("missing", "missing", path="name")]  # noqa: E731
    plugins.add(toy.offering("commands", "own", lambda _: None, examine=warn), name="own")
    expected = ("missing", Severity.WARNING, "commands.own.name")
    assert expected not in found(toy, settings, plugins=plugins)
    sections = {"commands": {"own": {}}}
    plugins = toy.plugins()
    plugins.add(toy.offering("commands", "own", lambda _: None, examine=warn), name="own")
    assert expected in found(toy, attrs.evolve(settings, offers=sections), plugins=plugins)


SEALS = {  # years → what is told
    -1: [("seals-ended", Severity.ERROR, "archive")],
    0.5: [("seals-end", Severity.WARNING, "archive"), ("seals-last", Severity.INFO, "archive")],
    3: [("seals-last", Severity.INFO, "archive")],
}


@pytest.mark.parametrize("years", SEALS)
def test_the_years_in_which_seals_have_to_be_renewed_are_told(toy, settings, years, monkeypatch):
    """What has ended is wrong, what ends within a year is to be done; where there are many, only who wants it has all read."""
    until = Lasting("B-LTA", AT + timedelta(days=365 * years))
    monkeypatch.setattr(toy.Envelope, "lasting", lambda _envelope, _opened: until)
    with open_archive(f"sqlite:///{settings.folder / 'archive.sqlite'}") as archive:
        archive.record(toy.new())

    def told(**how):
        return [one for one in found(toy, settings, **how) if one[0].startswith("seals")]

    assert told() == SEALS[years]
    monkeypatch.setattr("mikrocert.service.doctor.examining._MOST_READ", 0)
    assert told() == [("seals-unread", Severity.INFO, "archive")]
    assert told(archive=True) == SEALS[years]


def test_signer_is_opened_only_where_that_is_wanted(toy, settings):
    """With `signer` it is opened; what is wrong with it is told, and what is well."""
    assert "signer" not in {path for _, _, path in found(toy, settings)}
    assert [path for _, _, path in found(toy, settings, signer=True)][-1] == "signer"


def test_command_answers_with_0_only_where_nothing_is_to_be_done(toy, settings, monkeypatch, capsys):
    """For people with marks and a last line, for programs as one object; 1 where something is to be done."""
    monkeypatch.setattr("mikrocert.settings.load_settings", lambda _: settings)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    assert run(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "✓ archive.url: the archive is there and of this version" in shown
    assert "All is well." in shown
    assert run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["well"] is True
    (settings.folder / "root.pem").unlink()
    assert run(["doctor", "--lang", "cs"]) == 1
    shown = capsys.readouterr().out
    assert "✗ trust.anchors[0]: " in shown
    assert "je třeba udělat jednu věc" in shown
    assert run(["doctor", "--json"]) == 1
    output = json.loads(capsys.readouterr().out)
    assert output["well"] is False
    assert {"code", "severity", "path", "message"} == set(output["findings"][0])


@pytest.mark.parametrize(
    ("name", "mode", "finding"),
    [
        ("archive-keys.sqlite", 0o604, ("readable-by-others", "archive.keys")),
        ("archive-keys.sqlite", 0o602, ("readable-by-others", "archive.keys")),
        ("archive.sqlite", 0o666, ("writable-by-others", "archive.url")),
        ("heslo", 0o644, ("readable-by-others", "signers.toy.password")),
        ("klíč", 0o644, ("readable-by-others", "log.key")),
    ],
)
def test_whoever_may_read_or_write_too_much_is_told(settings, tmp_path, name, mode, finding):
    """Keys and secrets are for owner and group; what is trusted is written by nobody else."""
    (tmp_path / name).touch()
    settings = attrs.evolve(
        settings,
        offers={"signers": {"toy": {"password": f"file:{tmp_path / 'heslo'}"}}},
        log=LogSettings(origin="log.example", key=f"file:{tmp_path / 'klíč'}"),
    )
    for file in tmp_path.iterdir():
        file.chmod(0o600 if file.is_file() else 0o700)
    assert all(one.severity is Severity.INFO for one in examine_machine(settings))
    (tmp_path / name).chmod(mode)
    (found,) = [one for one in examine_machine(settings) if one.severity is not Severity.INFO]
    assert (found.code, found.path) == finding
    assert found.severity is Severity.ERROR
    assert "permissions" not in [one.code for one in examine_machine(settings)]


@pytest.mark.parametrize(
    ("megabytes", "code", "severity"),
    [
        (100, "disk-full", Severity.ERROR),
        (1000, "disk-fills", Severity.WARNING),
        (9000, "disk", Severity.INFO),
    ],
)
def test_how_much_room_there_is_is_told_once_a_disk(settings, monkeypatch, megabytes, code, severity):
    """What fills up is told before it is full."""
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, megabytes * 1024 * 1024)
    )
    (found,) = [one for one in examine_machine(settings) if one.code.startswith("disk")]
    assert (found.code, found.severity) == (code, severity)
    assert found.message.parameters["megabytes"] == megabytes


def test_files_that_are_not_there_are_somebody_elses_question(settings):
    """Nothing is said of a machine on which nothing is."""
    nowhere = attrs.evolve(settings, archive=Archive("sqlite:///není/archive.sqlite"))
    assert list(examine_machine(nowhere)) == []
    assert list(examine_machine(attrs.evolve(settings, archive=None))) == []
    assert (
        list(examine_machine(attrs.evolve(settings, archive=Archive("postgresql+psycopg://db.example/a"))))
        == []
    )


STAMPS = {  # contract, time stamps that each file takes → code and severity
    "enough": (TimestampSettings(100, date(2026, 11, 20)), 2, ("timestamps-used", Severity.INFO)),
    "all used": (TimestampSettings(4, date(2026, 11, 20)), 2, ("timestamps-used-up", Severity.ERROR)),
    "more than a contract gives": (
        TimestampSettings(3, date(2020, 1, 1), "contract"),
        2,
        ("timestamps-used-up", Severity.ERROR),
    ),
    "nearly all": (
        TimestampSettings(5, date(2020, 1, 1), "contract"),
        2,
        ("timestamps-run-out", Severity.WARNING),
    ),
    "as many as nobody minds": (
        TimestampSettings(5, date(2020, 1, 1), "contract", 90),
        2,
        ("timestamps-used", Severity.INFO),
    ),
    "too fast": (
        TimestampSettings(5, date(2026, 6, 1), "year", 90),
        2,
        ("timestamps-run-out", Severity.WARNING),
    ),
    "before the contract": (
        TimestampSettings(5, date(2027, 1, 1)),
        2,
        ("timestamps-not-yet", Severity.WARNING),
    ),
    "none taken": (TimestampSettings(1, date(2026, 11, 20)), 0, ("timestamps-used", Severity.INFO)),
    "a period in which nothing was made": (
        TimestampSettings(1, date(2026, 11, 25), "month"),
        2,
        ("timestamps-used", Severity.INFO),
    ),
}


@pytest.mark.parametrize("name", STAMPS)
def test_time_stamps_are_counted_against_the_contract(toy, settings, name, monkeypatch):
    """A credential and its certificate were made; it is told before they are used up, and where nobody wants it nothing is."""
    contract, each, expected = STAMPS[name]
    monkeypatch.setattr(toy.Envelope, "timestamps", lambda _envelope, *, renewed: each)
    at = AT + timedelta(days=4)
    with open_archive(f"sqlite:///{settings.folder / 'archive.sqlite'}") as archive:
        archive.record(toy.new(at=AT))
    assert not any(one[0].startswith("timestamps") for one in found(toy, settings, at=at))
    told = found(toy, attrs.evolve(settings, timestamps=contract), at=at)
    assert [one[:2] for one in told if one[0].startswith("timestamps")] == [expected]


PERIODS = {  # first day, how long, a day → when its period begins and ends
    "a month": ("2026-01-15", "month", "2026-11-22", "2026-11-15", "2026-12-15"),
    "its last day": ("2026-01-15", "month", "2026-11-14", "2026-10-15", "2026-11-15"),
    "its first day": ("2026-01-15", "month", "2026-11-15", "2026-11-15", "2026-12-15"),
    "a short month": ("2026-01-31", "month", "2027-02-28", "2027-02-28", "2027-03-31"),
    "a year": ("2024-02-29", "year", "2026-02-28", "2026-02-28", "2027-02-28"),
    "the day before": ("2024-02-29", "year", "2026-02-27", "2025-02-28", "2026-02-28"),
    "the first": ("2026-11-22", "year", "2026-11-22", "2026-11-22", "2027-11-22"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_periods_are_counted_from_the_first_day(name):
    """Where a month has no such day, from its last one."""
    since, length, day, begin, end = PERIODS[name]
    contract = TimestampSettings(1, date.fromisoformat(since), length)
    period = period_of(contract, at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    assert (period.since.date().isoformat(), period.until.date().isoformat()) == (begin, end)
