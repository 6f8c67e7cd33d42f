"""Trusted lists in offline bundles: what they prove elsewhere is what they prove where the bundle was made, and never more."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.api import Outcome, SealQuality
from mikrocert.service.system import open_system
from mikrocert.service.verifiers.bundles import make_bundle, read_bundle
from mikrocert.settings import Settings
from mikrocert.settings.settings import TrustedListSettings, TrustSettings
from mikrocert_seal_ades.pki.lists.fetching import fetch_lists
from mikrocert_seal_ades.pki.lists.folder import ListFolder
from mikrocert_seal_ades.pki.x509 import from_pem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = bytes.fromhex(
    "3029" + "3008060604008e460101" + "3008060604008e460104" + "3013060604008e4601063009060704008e46010602"
)
"""QCStatements of a qualified certificate for seals whose key is in a device."""
CZ = "https://listy.example/cz.xml"


class Web:
    """Answers with what was put there, under a whole address or the end of one."""

    def __init__(self, pages):
        self.pages = pages

    def get(self, url):
        return self.pages[url if url in self.pages else url.rpartition("/")[2]]


@attrs.frozen
class Made:
    """A bundle, and what its maker finds of the file."""

    octets: bytes
    report: object
    settings: Settings


@pytest.fixture
def bundle_of(tmp_path):
    """Return what makes a bundle of a file where these lists are in the folder."""

    def bundled(data, *, pages, signers, at=NOW, address=None, territories=(), revocation="if-available"):
        (tmp_path / "signers.pem").write_bytes(signers)
        named = () if address is None else (address,)
        options = dict(zip(("address",), named, strict=False))
        fetch_lists(
            ListFolder(tmp_path / "trusted-lists"),
            signers=from_pem(signers),
            at=at,
            territories=territories,
            http=Web(pages),
            **options,
        )
        lists = TrustedListSettings(("signers.pem",))
        settings = Settings(folder=tmp_path, trust=TrustSettings(revocation=revocation, lists=lists))
        with open_system(settings) as system:
            report = system.verify(data, at=at)
            octets = make_bundle(system, data, name="a.jsonld", identifier=None, readme="x").octets
        return Made(octets, report, settings)

    return bundled


@pytest.fixture
def elsewhere(tmp_path_factory):
    """Return what verifies a bundle where there is no list, but whose signatures lists need is known, unless it isn't."""

    def verified(made, *, at=NOW, signers=None, lists=True):
        folder = tmp_path_factory.mktemp("elsewhere")
        own = (made.settings.folder / "signers.pem").read_bytes()
        (folder / "signers.pem").write_bytes(own if signers is None else signers)
        trust = made.settings.trust if lists else attrs.evolve(made.settings.trust, lists=None)
        with open_system(attrs.evolve(made.settings, folder=folder, trust=trust)) as system:
            return system.verify_offline(read_bundle(made.octets), at=at)

    return verified


@pytest.fixture
def listed(lists, made, bundle_of):
    """Return what bundles a sealed file with a list of lists and the Czech list, which says this of its issuer."""

    def bundled(*entries, of_lists=None, pivots=(), signers=None, **members):
        services = [made.service([lists.parties.authority.der], *entries)] if entries else []
        pages = {
            made.LOTL: lists.of_lists() if of_lists is None else of_lists,
            CZ: lists.national(services=services, **members),
            **dict(pivots),
        }
        data = lists.parties.jades(b"{}", by=lists.parties.signer(root=False, qc=WHOLE))
        return bundle_of(data, pages=pages, signers=signers or lists.pinned.pem, address=made.LOTL)

    return bundled


def trust_of(report):
    result = report.result("trust")
    return (
        result.outcome,
        [(one.code, one.severity) for one in result.findings],
        [s.quality for s in report.seals],
    )


STATES = {  # what the list says of the issuer → (status, version of the list, days to its next update, outcome, finding)
    "granted": ("granted", 6, 100, Outcome.PASSED, "listed"),
    "granted, in a list of version 5": ("granted", 5, 100, Outcome.PASSED, "listed"),
    "granted, in a list past its next update": ("granted", 6, -1, Outcome.UNDETERMINED, "list-stale"),
    "withdrawn": ("withdrawn", 6, 100, Outcome.UNDETERMINED, "service-not-granted"),
    "not listed": (None, 6, 100, Outcome.UNDETERMINED, "issuer-not-trusted"),
}


@pytest.mark.parametrize("name", STATES)
def test_lists_prove_elsewhere_what_they_prove_at_home(listed, made, elsewhere, name):
    """Outcome, findings and quality of the seal are the same, whatever lists say of the issuer."""
    status, version, days, outcome, code = STATES[name]
    entries = [made.Entry(NOW - 50 * DAY, status=status)] if status else []
    bundle = listed(*entries, version=version, issued=NOW - 10 * DAY, next_update=NOW + days * DAY)
    report = elsewhere(bundle)
    assert trust_of(report) == trust_of(bundle.report)
    assert report.result("trust").outcome is outcome
    assert code in {one.code for one in report.result("trust").findings}
    proven = SealQuality.QUALIFIED if outcome is Outcome.PASSED else None
    assert [seal.quality for seal in report.seals] == [proven]


def test_lists_whose_signers_changed_are_carried_with_what_leads_to_them(listed, lists, made, elsewhere):
    """Where the list of lists is signed by somebody whom only its pivots name, the bundle has the pivots, too."""
    newer = lists.office("EU", "newer")
    pivot = "https://listy.example/eu-lotl-pivot-299.xml"
    pointers = (made.own_pointer(newer.der), made.pointer(CZ, "CZ", lists.czech.der))
    bundle = listed(
        made.Entry(NOW - 50 * DAY),
        of_lists=lists.of_lists(by=newer, pointers=pointers, information=(pivot, made.GAZETTE)),
        pivots={
            pivot: lists.of_lists(sequence=299, pointers=[made.own_pointer(newer.der)], issued=NOW - 5 * DAY)
        }.items(),
    )
    assert bundle.report.outcome("trust") is Outcome.PASSED
    assert "pivots/eu-lotl-pivot-299.xml" in read_bundle(bundle.octets).lists
    assert trust_of(elsewhere(bundle)) == trust_of(bundle.report)


DISTRUSTED = (
    "no lists wanted",
    "other signers",
    "a changed list",
    "a list of a later office",
    "no lists of lists",
)


@pytest.mark.parametrize("name", DISTRUSTED)
def test_lists_are_believed_for_their_signatures_only(listed, lists, made, elsewhere, name):
    """That they lie in the bundle makes nobody trusted: the seal is then as good as without them."""
    bundle = listed(made.Entry(NOW - 50 * DAY))
    assert elsewhere(bundle).outcome("trust") is Outcome.PASSED
    options = {}
    parts = read_bundle(bundle.octets)
    if name == "no lists wanted":
        options["lists"] = False
    elif name == "other signers":
        options["signers"] = lists.office("EU", "stranger").pem
    else:
        forger = lists.office("CZ", "forger")
        czech = parts.lists["CZ.xml"]
        changed = {
            "a changed list": {"CZ.xml": czech.replace("Služba".encode(), b"Sluzba")},
            "a list of a later office": {"CZ.xml": lists.national(by=forger)},
            "no lists of lists": {"EU.xml": None},
        }[name]
        assert changed.get("CZ.xml") != czech
        kept = {one: octets for one, octets in (parts.lists | changed).items() if octets is not None}
        bundle = attrs.evolve(bundle, octets=repacked(attrs.evolve(parts, lists=kept)))
    report = elsewhere(bundle, **options)
    assert report.outcome("trust") is not Outcome.PASSED
    assert SealQuality.QUALIFIED not in [seal.quality for seal in report.seals]


def repacked(bundle):
    """Return the archive of a bundle whose parts were changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"file/{bundle.name}", bundle.file)
        for name, octets in bundle.lists.items():
            archive.writestr(f"lists/{name}", octets)
    return out.getvalue()


def test_own_lists_stand_before_those_of_a_bundle(listed, made, elsewhere, tmp_path):
    """Who has lists judges by these, though those in the bundle would be nicer."""
    bundle = listed(made.Entry(NOW - 50 * DAY))
    with open_system(bundle.settings) as system:
        (tmp_path / "trusted-lists/CZ.xml").unlink()
        report = system.verify_offline(read_bundle(bundle.octets), at=NOW)
    assert report.outcome("trust") is Outcome.UNDETERMINED


@pytest.mark.system
def test_real_lists_are_carried_in_a_bundle(real, bundle_of, elsewhere):
    """The official sample is judged elsewhere by the real lists of 2026 as at home, and by none of them once they are stale."""
    pages = {
        "https://ec.europa.eu/tools/lotl/eu-lotl.xml": real("eu-lotl-388"),
        "https://tsl.belgium.be/tsl-be-v6.xml": real("be-81"),
        "https://tsl.digital.gob.es/TSL.xml": real("es-187"),
    }
    at = datetime(2026, 7, 3, 12, tzinfo=UTC)
    data = real("../elm/Sample-CertOfPart-2025-signed.jsonld")
    signers = real("oj-2026-c1944.pem")
    bundle = bundle_of(
        data, pages=pages, signers=signers, at=at, territories=["BE", "ES"], revocation="required"
    )
    report = elsewhere(bundle, at=at)
    assert trust_of(report) == trust_of(bundle.report)
    assert (report.outcome("trust"), report.seals[0].quality) == (Outcome.PASSED, SealQuality.ADVANCED_QC)
    assert elsewhere(bundle, at=at, lists=False).outcome("trust") is not Outcome.PASSED
    later = elsewhere(bundle, at=datetime(2026, 11, 29, tzinfo=UTC))
    assert later.outcome("trust") is Outcome.UNDETERMINED


@pytest.mark.system
def test_real_lists_of_version_5_are_carried_with_their_pivots(real, lists, bundle_of, elsewhere):
    """The lists of 2023, whose signers two pivots name, say the same of a seal elsewhere as at home."""
    pages = {"eu-lotl.xml": real("eu-lotl-332"), "TSL_CZ.xtsl": real("cz-141")}
    pages |= {f"eu-lotl-pivot-{number}.xml": real(f"eu-lotl-pivot-{number}") for number in (282, 300)}
    at = datetime(2023, 10, 20, 12, tzinfo=UTC)
    signer = lists.parties.signer(root=False, start=at - 300 * DAY)
    bundle = bundle_of(
        lists.parties.jades(b"{}", by=signer, at=at),
        pages=pages,
        signers=real("oj-2019-c276.pem"),
        at=at,
        territories=["CZ"],
    )
    assert [name for name in read_bundle(bundle.octets).lists if "/" in name] == [
        "pivots/eu-lotl-pivot-282.xml",
        "pivots/eu-lotl-pivot-300.xml",
    ]
    report = elsewhere(bundle, at=at)
    assert trust_of(report) == trust_of(bundle.report)
    assert report.outcome("trust") is not Outcome.PASSED
    codes = {one.code for one in report.result("trust").findings}
    assert not {code for code in codes if "pivot" in code or "missing" in code}
