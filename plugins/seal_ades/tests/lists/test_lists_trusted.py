"""Verifying with lists: whom they make trusted, what a seal is by them, and what they leave open."""

from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.api import Outcome, SealQuality, Severity, Trust, TrustedLists
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pki.lists import remembered
from mikrocert_seal_ades.pki.lists.fetching import fetch_lists
from mikrocert_seal_ades.pki.lists.folder import Latest, ListFolder
from mikrocert_seal_ades.pki.lists.remembered import RememberedLists
from mikrocert_seal_ades.pki.x509 import from_pem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = bytes.fromhex(
    "3029" + "3008060604008e460101" + "3008060604008e460104" + "3013060604008e4601063009060704008e46010602"
)
"""QCStatements of a qualified certificate for seals whose key is in a device."""


@pytest.fixture(params=["jades", "pades"])
def verified(request, lists, made, make_pdf, tmp_path):
    """Return a function that seals something and gives the result `trust`, by services in the Czech list."""
    parties = lists.parties
    folder = ListFolder(tmp_path / "lists")

    def judged(
        *entries, qc=WHOLE, at=NOW, change=None, anchors=(), listed=None, revocation="if-available", **members
    ):
        services = [made.service([listed or parties.authority.der], *entries)] if entries else []
        pages = {
            made.LOTL: lists.of_lists(),
            "https://listy.example/cz.xml": lists.national(services=services, **members),
        }

        class Web:
            get = staticmethod(pages.get)

        fetch_lists(folder, signers=(lists.pinned.der,), at=NOW, address=made.LOTL, http=Web())
        if change:
            change(folder)
        kept = TrustedLists(folder.path, (lists.pinned.der,))
        trust = Trust(tuple(anchors), revocation=revocation, lists=kept)
        signer = parties.signer(root=False, qc=qc)
        if request.param == "jades":
            envelope, data = JadesEnvelope(), parties.jades(b"{}", by=signer)
        else:
            envelope, data = PadesEnvelope(), parties.pades(make_pdf(("a.jsonld", b"{}")), by=signer)
        opened = envelope.open(data)
        integrity, result = envelope.examine(opened, trust=trust, at=at)
        assert integrity.outcome is Outcome.PASSED
        return result

    return judged


@pytest.fixture
def listed(lists, made, tmp_path):
    """Return a function that keeps a Czech list with these entries about the issuing authority, and gives the lists."""

    def kept(*entries, at=NOW, territories=(), **members):
        services = [made.service([lists.parties.authority.der], *entries)] if entries else []
        pages = {
            made.LOTL: lists.of_lists(),
            "https://listy.example/cz.xml": lists.national(services=services, **members),
        }

        class Web:
            get = staticmethod(pages.get)

        folder = ListFolder(tmp_path / "lists")
        fetch_lists(folder, signers=(lists.pinned.der,), at=at, address=made.LOTL, http=Web())
        return TrustedLists(folder.path, (lists.pinned.der,), territories)

    return kept


ABOVE = {  # name → (status of the issuing authority, whether there are lists, whether they stand above the seal)
    "granted": ("granted", True, True),
    "withdrawn": ("withdrawn", True, False),
    "not listed": (None, True, False),
    "no lists": ("granted", False, False),
}


@pytest.mark.parametrize("envelope", [JadesEnvelope(), PadesEnvelope()], ids=["jades", "pades"])
@pytest.mark.parametrize("name", ABOVE)
def test_lists_stand_above_a_seal_whose_issuer_they_grant(envelope, listed, lists, made, name):
    """As verifying would find, before anything is sealed."""
    status, used, above = ABOVE[name]
    kept = listed(*([made.Entry(NOW - 50 * DAY, status=status)] if status else []))
    chain = lists.parties.signer(root=False, qc=WHOLE).identity.certificates
    trust = Trust(lists=kept if used else None)
    assert envelope.vouched_for(chain, trust=trust, at=NOW) is above
    assert envelope.vouched_for((), trust=trust, at=NOW) is False
    assert envelope.vouched_for((b"none",), trust=trust, at=NOW) is False


AGE = ("lists-age", Severity.INFO, "")
EXAMINED = {  # name → (next update of the Czech list in days, whose lists are wanted, what is told)
    "current": (30, (), [("lists", Severity.INFO, ""), AGE]),
    "soon": (5, (), [("list-ends", Severity.WARNING, "CZ"), AGE]),
    "stale": (-1, (), [("list-stale", Severity.WARNING, "CZ"), AGE]),
    "not wanted": (-1, ("SK",), [("lists", Severity.INFO, ""), AGE]),
}


@pytest.mark.parametrize("name", EXAMINED)
def test_lists_that_are_old_or_soon_will_be_are_told(listed, name):
    """A list is told with its territory; where all are current, how many and until when."""
    days, territories, expected = EXAMINED[name]
    kept = listed(
        next_update=NOW + days * DAY, issued=NOW - 3 * DAY, at=NOW - 2 * DAY, territories=territories
    )
    found = JadesEnvelope().examine_lists(kept, at=NOW)
    assert [(one.code, one.severity, one.path) for one in found] == expected


@pytest.mark.parametrize(("days", "code"), [(0, "lists-age"), (7, "lists-age"), (8, "lists-old")])
def test_how_old_lists_are_is_told(listed, days, code):
    """After a week it is something to be done, though their issuers promise no other one yet."""
    kept = listed(next_update=NOW + 60 * DAY, issued=NOW - 20 * DAY, at=NOW - days * DAY)
    [age] = [one for one in JadesEnvelope().examine_lists(kept, at=NOW) if one.code.startswith("lists-")]
    assert (age.code, age.message.parameters["days"]) == (code, days)
    assert (age.severity is Severity.WARNING) is (code == "lists-old")


def test_a_list_of_lists_that_is_not_there_is_told(lists, tmp_path):
    """Then nothing of it can be used."""
    found = JadesEnvelope().examine_lists(TrustedLists(tmp_path / "none", (lists.pinned.der,)), at=NOW)
    assert [(one.severity, one.path) for one in found] == [(Severity.ERROR, "EU")]


def codes(result):
    return [finding.code for finding in result.findings]


def quality(result):
    return result.seals[0].quality


def test_qualified_by_the_list(verified, made):
    """A seal whose issuer the list names is trusted without any other anchor, and what it is the list says, and how old that is."""
    result = verified(made.Entry(NOW - 50 * DAY))
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.QUALIFIED)
    listed = next(str(finding.message) for finding in result.findings if finding.code == "listed")
    assert listed.startswith("By the trusted list of “CZ”, fetched 22\u00a0November 2026")
    assert "Služba ř" in listed


def test_without_a_device(verified, made):
    """What the list says of the device counts, not what the certificate does."""
    entry = made.Entry(NOW - 50 * DAY, extensions=(made.additional("ForeSeals"), made.qualifiers("QCNoQSCD")))
    assert quality(verified(entry)) is SealQuality.ADVANCED_QC


def test_its_own_word(verified, made, parties):
    """A certificate that says it is qualified, under an anchor that no list names, makes an advanced seal."""
    result = verified(anchors=(parties.root.der,))
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.ADVANCED)
    assert "list-no-issuer" in codes(result) or "list-cannot-say" in codes(result)


def test_withdrawn(verified, made):
    """A service that was withdrawn by the time that counts makes nobody trusted."""
    result = verified(made.Entry(NOW - DAY, status="withdrawn"), made.Entry(NOW - 50 * DAY))
    assert result.outcome is Outcome.UNDETERMINED
    assert "service-not-granted" in codes(result)


def test_for_signatures_only(verified, made):
    """A service for certificates of another kind is trusted, but nothing is qualified by it."""
    result = verified(made.Entry(NOW - 50 * DAY, extensions=(made.additional("ForeSignatures"),)))
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.ADVANCED)
    assert "service-other-kind" in codes(result)


def test_nobody_listed(verified):
    """Without a service and without an anchor nobody is trusted."""
    result = verified()
    assert (result.outcome, "issuer-not-trusted" in codes(result)) == (Outcome.UNDETERMINED, True)


def test_stale(verified, made, parties):
    """What rests on a list past its next update is undetermined, not failed; what rests on another anchor isn't touched."""
    stale = {"at": NOW + 5 * DAY, "next_update": NOW + DAY}
    result = verified(made.Entry(NOW - 50 * DAY), **stale)
    assert result.outcome is Outcome.UNDETERMINED
    assert "list-stale" in codes(result)
    assert quality(result) is None
    result = verified(made.Entry(NOW - 50 * DAY), anchors=(parties.root.der,), **stale)
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.ADVANCED)
    assert "list-decides-nothing" in codes(result)


CHANGED = {
    "the Czech list": lambda folder: folder.keep("CZ", folder.read("CZ").replace(b"Provider", b"Providor")),
    "the list of lists": lambda folder: folder.keep("EU", folder.read("EU")[:-9]),
    "the note": lambda folder: (folder.path / "latest.json").write_bytes(b"{"),
    "a newer one was there": lambda folder: folder.note({"EU": Latest(999, NOW)}),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_changed_in_the_folder(verified, made, change):
    """A list that was changed on this machine makes nobody trusted; that is no fault of the seal, and it is named."""
    result = verified(made.Entry(NOW - 50 * DAY), change=change)
    assert result.outcome is Outcome.UNDETERMINED
    assert "list-refused" in codes(result)


def test_no_folder(verified, made):
    """Settings that name lists of which there are none leave open what would rest on them, and say so."""

    def emptied(folder):
        for name in ("EU.xml", "CZ.xml", "latest.json"):
            (folder.path / name).unlink()

    result = verified(made.Entry(NOW - 50 * DAY), change=emptied)
    assert result.outcome is Outcome.UNDETERMINED
    assert "list-none" in codes(result)


def test_time_without_zone(verified, made):
    """A time without a zone judges nothing, and stumbles over nothing."""
    result = verified(made.Entry(NOW - 50 * DAY), at=NOW.replace(tzinfo=None))
    assert result.outcome is Outcome.FAILED
    assert "time-naive" in codes(result)


def test_a_seal_certificate_in_a_list(verified, made, parties):
    """A root that a list names is an anchor as well as an issuing authority is, where what is between stands in the seal."""
    result = verified(made.Entry(NOW - 50 * DAY), listed=parties.root.der)
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.QUALIFIED)


def test_read_once(lists, made, tmp_path, monkeypatch):
    """Lists are read once for many files, and again when a file was changed or some time has passed."""
    folder = ListFolder(tmp_path)
    pages = {made.LOTL: lists.of_lists(), "https://listy.example/cz.xml": lists.national()}

    class Web:
        get = staticmethod(pages.get)

    signers = (lists.pinned.der,)
    fetch_lists(folder, signers=signers, at=NOW, address=made.LOTL, http=Web())
    reads = []
    load = remembered.load
    monkeypatch.setattr(remembered, "load", lambda *a, **k: reads.append(1) or load(*a, **k))
    kept = RememberedLists()

    def directory(at=NOW, about=(lists.parties.authority.der,)):
        return kept.directory(folder, signers=signers, about=about, at=at)

    first = directory()
    assert first.lists == {"CZ": "current"}
    assert directory(at=NOW + timedelta(minutes=9)) is directory(about=()) is first
    assert len(reads) == 1
    directory(at=NOW + timedelta(minutes=10))
    assert len(reads) == 2
    folder.note({"CZ": Latest(7, NOW)})
    assert directory(at=NOW + timedelta(minutes=10)).lists == {"CZ": "missing"}
    assert len(reads) == 3


def test_only_lists_of_concern(lists, made, tmp_path):
    """Only the lists of the countries that a file names are read, and none where it names none that has one."""
    folder = ListFolder(tmp_path)
    slovak = lists.office("SK", "slovak office")
    pointers = [
        made.own_pointer(lists.pinned.der),
        made.pointer("https://listy.example/cz.xml", "CZ", lists.czech.der),
        made.pointer("https://listy.example/sk.xml", "SK", slovak.der),
    ]
    pages = {
        made.LOTL: lists.of_lists(pointers=pointers),
        "https://listy.example/cz.xml": lists.national(),
        "https://listy.example/sk.xml": lists.national(territory="SK", by=slovak),
    }

    class Web:
        get = staticmethod(pages.get)

    signers = (lists.pinned.der,)
    fetch_lists(folder, signers=signers, at=NOW, address=made.LOTL, http=Web())

    kept = RememberedLists()

    def states(*about):
        return kept.directory(folder, signers=signers, about=about, at=NOW).lists

    parties = lists.parties
    american = parties.certify("us", {"C": "US", "CN": "Root"}, ca=True).der
    assert states(american) == states() == states(b"no certificate") == {"CZ": "missing", "SK": "missing"}
    assert states(parties.authority.der) == {"CZ": "current", "SK": "missing"}
    assert states(parties.certify("sk", {"C": "SK", "CN": "Koreň"}, ca=True).der) == {
        "CZ": "current",
        "SK": "current",
    }
    assert states(parties.authority.der) == {"CZ": "current", "SK": "current"}


@pytest.mark.system
@pytest.mark.covering
def test_the_official_sample(real, tmp_path):
    """The official sample is trusted by real lists alone: an advanced seal with a qualified certificate, and a qualified time stamp."""
    folder = ListFolder(tmp_path)
    signers = from_pem(real("oj-2026-c1944.pem"))
    at = datetime(2026, 7, 3, 12, tzinfo=UTC)
    pages = {
        "https://ec.europa.eu/tools/lotl/eu-lotl.xml": real("eu-lotl-388"),
        "https://tsl.belgium.be/tsl-be-v6.xml": real("be-81"),
        "https://tsl.digital.gob.es/TSL.xml": real("es-187"),
    }

    class Web:
        get = staticmethod(pages.__getitem__)

    fetch_lists(folder, signers=signers, at=at, territories=["BE", "ES"], http=Web())
    envelope = JadesEnvelope()
    opened = envelope.open(real("../elm/Sample-CertOfPart-2025-signed.jsonld"))
    trust = Trust(lists=TrustedLists(folder.path, signers))
    integrity, result = envelope.examine(opened, trust=trust, at=at)
    assert integrity.outcome is Outcome.PASSED
    assert (result.outcome, quality(result)) == (Outcome.PASSED, SealQuality.ADVANCED_QC), codes(result)
    assert {"listed", "stamp-qualified"} <= set(codes(result))

    later = envelope.examine(opened, trust=trust, at=datetime(2026, 11, 29, tzinfo=UTC))[1]
    assert later.outcome is Outcome.UNDETERMINED
    assert "list-stale" in codes(later)
