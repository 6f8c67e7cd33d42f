"""What lists make of certificates: ten steps, at two moments, and never the nicer answer of two."""

import json
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import attrs
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from mikrocert_seal_ades.pki.lists.rules import list_of_lists, national_list, pointers_to_lists
from mikrocert_seal_ades.pki.qualification import certificate_qualification, timestamp_qualification
from mikrocert_seal_ades.pki.services import ServiceDirectory
from mikrocert_seal_ades.pki.x509 import from_pem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUED = NOW - 30 * DAY
EIDAS = datetime(2016, 6, 30, 22, tzinfo=UTC)

COMPLIANCE = bytes.fromhex("3008060604008e460101")
DEVICE = bytes.fromhex("3008060604008e460104")
LEGISLATION = bytes.fromhex("300e060604008e46010730041302") + b"US"
TYPES = {"esign": 1, "eseal": 2, "web": 3}


def statements(*kinds, qualified=True, device=False, elsewhere=False):
    """Return QCStatements."""
    oids = b"".join(bytes.fromhex(f"060704008e460106{TYPES[kind]:02x}") for kind in kinds)
    each = [COMPLIANCE] if qualified else []
    each += [DEVICE] if device else []
    each += [LEGISLATION] if elsewhere else []
    if kinds:
        content = bytes.fromhex("060604008e460106") + bytes([0x30, len(oids)]) + oids
        each.append(bytes([0x30, len(content)]) + content)
    body = b"".join(each)
    return bytes([0x30, len(body)]) + body


@pytest.fixture
def judge(lists, made):
    """Return a function that judges a seal certificate by services in the Czech list, all of its issuer unless said otherwise."""

    def judged(
        *services, qc=None, at=NOW, state="current", start=ISSUED, extensions=(), path=None, incomplete=()
    ):
        parties = lists.parties
        authority = parties.authority
        subject = {"C": "CZ", "O": "Univerzita Řípská", "CN": "Pečeť"}
        seal = parties.certify(
            "judged",
            subject,
            by=authority,
            qc=statements("eseal", device=True) if qc is None else qc,
            start=start,
            extensions=extensions,
        )
        xml = [
            each
            if isinstance(each, str)
            else made.service([authority.der], *(each if isinstance(each, tuple) else (each,)))
            for each in services
        ]
        ours, _ = list_of_lists(lists.of_lists(), signers=(lists.pinned.der,), at=NOW, pivot=None)
        octets = lists.national(services=xml)
        found = national_list(octets, pointer=pointers_to_lists(ours)["CZ"], at=NOW)
        directory = ServiceDirectory(
            found.services, {"CZ": state, "SK": "missing"}, incomplete=frozenset(incomplete)
        )
        return certificate_qualification(path or (authority.der, seal.der), at=at, services=directory)

    return judged


@pytest.fixture
def entry(made):
    """Return a function from extensions and members to an entry that was there before the certificate."""

    def entry_with(*extensions, since=ISSUED - 10 * DAY, covers=("ForeSeals",), **members):
        return made.Entry(since, extensions=(*map(made.additional, covers), *extensions), **members)

    return entry_with


def answer(found):
    return (found.outcome, found.kind, found.device)


def reason(found):
    return [each.code for each in found.reasons]


YES, PLAIN = ("qualified", "eseal", True), ("qualified", "eseal", False)
NO, OPEN = ("not-qualified", None, None), ("undetermined", None, None)

# QCStatements of the certificate; what the entry covers; qualifiers that the list adds; what comes out of it
SAID = {
    "a qualified seal certificate in a device": (statements("eseal", device=True), ["ForeSeals"], [], YES),
    "without a device": (statements("eseal"), ["ForeSeals"], [], PLAIN),
    "not qualified by its own word": (statements("eseal", qualified=False, device=True), ["ForeSeals"], [], NO),
    "qualified under another law": (statements("eseal", elsewhere=True), ["ForeSeals"], [], NO),
    "the entry covers signatures only": (statements("eseal"), ["ForeSignatures"], [], NO),
    "the entry covers nothing": (statements("eseal"), [], [], NO),
    "the entry covers several": (statements("eseal"), ["ForeSignatures", "ForeSeals"], [], PLAIN),
    "a certificate for signatures": (
        statements("esign"), ["ForeSignatures", "ForeSeals"], [], ("qualified", "esign", False),
    ),
    "no type is one for signatures": (
        statements(), ["ForeSignatures", "ForeSeals"], [], ("qualified", "esign", False),
    ),
    "no type, and the entry covers seals only": (statements(), ["ForeSeals"], [], NO),
    "two types": (statements("esign", "eseal"), ["ForeSignatures", "ForeSeals"], [], NO),
    "two types, and the list says which": (
        statements("esign", "eseal"), ["ForeSignatures", "ForeSeals"], ["QCForESeal"], PLAIN,
    ),
    "the list says that it is for seals": (statements("esign"), ["ForeSeals"], ["QCForESeal"], PLAIN),
    "the list says what the entry doesn't cover": (statements("eseal"), ["ForeSeals"], ["QCForESig"], NO),
    "of a legal person, for signatures": (
        statements("esign"), ["ForeSignatures"], ["QCForLegalPerson"], NO,
    ),
    "of a legal person, for seals": (statements("eseal"), ["ForeSeals"], ["QCForLegalPerson"], PLAIN),
    "not qualified, says the list": (statements("eseal"), ["ForeSeals"], ["NotQualified"], NO),
    "qualified, says the list": (statements("eseal", qualified=False), ["ForeSeals"], ["QCStatement"], PLAIN),
    "in a device, says the list": (statements("eseal"), ["ForeSeals"], ["QCWithQSCD"], YES),
    "in a device of another, says the list": (
        statements("eseal"), ["ForeSeals"], ["QCQSCDManagedOnBehalf"], YES,
    ),
    "in no device, says the list": (statements("eseal", device=True), ["ForeSeals"], ["QCNoQSCD"], PLAIN),
    "the device is as the certificate says": (
        statements("eseal", device=True), ["ForeSeals"], ["QCQSCDStatusAsInCert"], YES,
    ),
    "both devices": (statements("eseal"), ["ForeSeals"], ["QCWithQSCD", "QCNoQSCD"], OPEN),
    "both qualified and not": (statements("eseal"), ["ForeSeals"], ["QCStatement", "NotQualified"], OPEN),
    "two kinds": (statements("eseal"), ["ForeSeals"], ["QCForESeal", "QCForESig"], OPEN),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID.values(), ids=SAID)
def test_what_is_said(judge, entry, made, case):
    """The list says what of a certificate's own word counts; where it contradicts itself nobody can tell."""
    qc, covers, qualifiers, expected = case
    more = [made.qualifiers(*qualifiers)] if qualifiers else []
    assert answer(judge(entry(*more, covers=covers), qc=qc)) == expected


POLICY = "1.2.203.12345679.1.1"
CRITERIA = {
    "a bit that is set": (lambda m: m.criteria(m.bits(nonRepudiation=True)), True),
    "a bit that is not": (lambda m: m.criteria(m.bits(digitalSignature=True)), False),
    "a bit that must not be": (lambda m: m.criteria(m.bits(nonRepudiation=False)), False),
    "bits that are as they have to be": (
        lambda m: m.criteria(m.bits(nonRepudiation=True, keyCertSign=False)), True,
    ),
    "a policy": (lambda m: m.criteria(m.policies(POLICY)), True),
    "a policy and another": (lambda m: m.criteria(m.policies(POLICY, "1.2.3")), False),
    "one policy or another": (
        lambda m: m.criteria(m.policies("1.2.3"), m.policies(POLICY), assertion="atLeastOne"), True,
    ),
    "neither policy": (
        lambda m: m.criteria(m.policies("1.2.3"), m.policies("1.2.4"), assertion="none"), True,
    ),
    "none, but there is one": (lambda m: m.criteria(m.policies(POLICY), assertion="none"), False),
    "a purpose": (
        lambda m: m.criteria(m.others(f"<a:ExtendedKeyUsage>{m.oid('a:KeyPurposeId', '1.3.6.1.5.5.7.3.36')}</a:ExtendedKeyUsage>")), True,
    ),
    "an attribute": (
        lambda m: m.criteria(m.others(f"<a:CertSubjectDNAttribute>{m.oid('a:AttributeOID', '2.5.4.10')}</a:CertSubjectDNAttribute>")), True,
    ),
    "an attribute of a person": (
        lambda m: m.criteria(m.others(f"<a:CertSubjectDNAttribute>{m.oid('a:AttributeOID', '2.5.4.4')}</a:CertSubjectDNAttribute>")), False,
    ),
    "lists in lists": (
        lambda m: m.criteria(m.criteria(m.policies("1.2.3"), assertion="none"), m.policies(POLICY)), True,
    ),
    "an unknown criterion": (lambda m: m.criteria(m.others("<a:Moonphase/>")), None),
    "an unknown one beside one that is met": (
        lambda m: m.criteria(m.policies(POLICY), m.others("<a:Moonphase/>"), assertion="atLeastOne"), None,
    ),
    "an unknown bit": (lambda m: m.criteria(m.bits(moonPhase=True)), None),
    "an unknown assertion": (lambda m: m.criteria(m.policies(POLICY), assertion="most"), None),
    "no criteria": (lambda m: m.criteria(), None),
    "no list of criteria": (lambda m: "", None),
    "an object identifier that is none": (lambda m: m.criteria(m.policies("dva.tři")), None),
}  # fmt: skip


@pytest.mark.parametrize(("when", "met"), CRITERIA.values(), ids=CRITERIA)
def test_criteria(judge, entry, made, when, met):
    """A qualifier holds for the certificates that meet its criteria; where one isn't understood nobody can tell."""
    policy = x509.PolicyInformation(x509.ObjectIdentifier(POLICY), None)
    extensions = (
        x509.CertificatePolicies([policy]),
        x509.ExtendedKeyUsage(
            [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
        ),
    )
    found = judge(entry(made.qualifiers("NotQualified", when=when(made))), extensions=extensions)
    assert found.outcome == {True: "not-qualified", False: "qualified", None: "undetermined"}[met]
    assert reason(found) == {True: ["certificate-not-qualified"], False: [], None: ["service-criterion"]}[met]


EXTENSIONS = {
    "unknown and critical": ("<a:Moonphase/>", True, OPEN, ["service-extension"]),
    "unknown": ("<a:Moonphase/>", False, YES, []),
    "taken over by another provider": ("<a:TakenOverBy/>", True, YES, []),
    "of expired certificates": ("<ExpiredCertsRevocationInfo>2017-01-01T00:00:00Z</ExpiredCertsRevocationInfo>", True, YES, []),
}  # fmt: skip


@pytest.mark.parametrize("case", EXTENSIONS.values(), ids=EXTENSIONS)
def test_extensions(judge, entry, made, case):
    """What has to be understood and isn't makes the entry unusable; it doesn't make it vanish."""
    content, critical, expected, why = case
    found = judge(entry(made.extension(content, critical=critical)))
    assert (answer(found), reason(found)) == (expected, why)


@pytest.mark.parametrize(
    ("since", "expected"),
    [(10, YES), (-5, NO), (-29, NO)],
    ids=["before it was issued", "between issuance and sealing", "after it was issued"],
)
def test_listed_since(judge, entry, since, expected):
    """A service that was granted only after a certificate was issued doesn't make it qualified."""
    assert answer(judge(entry(since=ISSUED - since * DAY))) == expected


HISTORY = {
    "withdrawn before the certificate was issued": ([(-20, "withdrawn"), (-90, "granted")], -1, NO),
    "withdrawn at the time, granted at issuance": ([(10, "withdrawn"), (-90, "granted")], 20, NO),
    "withdrawn after the time": ([(25, "withdrawn"), (-90, "granted")], 20, YES),
    "withdrawn at issuance, granted at the time": ([(10, "granted"), (-90, "withdrawn")], 20, NO),
    "only nationally recognised": ([(-90, "recognisedatnationallevel")], 20, NO),
    "accredited, which is of the time before 2016": ([(-90, "accredited")], 20, NO),
}


@pytest.mark.parametrize(("entries", "days", "expected"), HISTORY.values(), ids=HISTORY)
def test_history(judge, entry, entries, days, expected):
    """Both at issuance and at the time that matters the entry of that moment decides."""
    history = tuple(entry(since=ISSUED + since * DAY, status=status) for since, status in entries)
    found = judge(history, at=ISSUED + max(days, 0) * DAY)
    assert answer(found) == expected
    if expected == NO:
        assert reason(found) == ["service-status"]


@pytest.mark.parametrize("status", ["undersupervision", "supervisionincessation", "accredited"])
def test_before_2016(judge, entry, status):
    """Before July 2016 other statuses counted, entries didn't say what they cover, and there were no seals."""
    history = (
        entry(since=EIDAS, covers=["ForeSignatures"]),
        entry(since=EIDAS - 999 * DAY, status=status, covers=[]),
    )
    start = EIDAS - 30 * DAY
    assert answer(judge(history, start=start, at=EIDAS - DAY, qc=statements())) == (
        "qualified",
        "esign",
        False,
    )
    assert answer(judge(history, start=start, at=EIDAS + DAY, qc=statements())) == (
        "qualified",
        "esign",
        False,
    )
    assert answer(judge(history, start=start, at=EIDAS - DAY, qc=statements("eseal"))) == NO
    policy = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("0.4.0.1456.1.1"), None)])
    plain = statements(qualified=False)
    found = judge(history, start=start, at=EIDAS - DAY, qc=plain, extensions=(policy,))
    assert answer(found) == ("qualified", "esign", True)
    assert answer(judge(history, start=start, at=EIDAS + DAY, qc=plain, extensions=(policy,))) == NO


def test_several_services(judge, entry, made):
    """Where several services with the same key say the same it holds; where they don't nobody can tell."""
    assert answer(judge(entry(), entry())) == YES
    assert answer(judge(entry(), entry(covers=["ForeSignatures"]))) == YES
    assert answer(judge(entry(), entry(since=NOW - DAY))) == YES
    found = judge(entry(), entry(made.qualifiers("QCNoQSCD")))
    assert (answer(found), reason(found)) == (OPEN, ["services-disagree"])
    assert answer(judge(entry(), entry(status="withdrawn"))) == OPEN


def test_other_types(judge, lists, entry):
    """Only services that issue qualified certificates decide."""
    parties = lists.parties
    seal = parties.certify("other", {"C": "CZ"}, by=parties.authority, qc=statements("eseal"))
    path = (parties.root.der, parties.authority.der, seal.der)
    found = judge(entry(kind="http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"), path=path)
    assert (answer(found), reason(found)) == (NO, ["list-no-issuer"])


def test_same_key(judge, lists, made, entry):
    """A service is known by name and key: another certificate of the same authority will do, another key won't."""
    parties = lists.parties
    anew = parties.certify(
        "authority", {"C": "CZ", "CN": "Vydávající ř"}, by=parties.root, ca=True, start=NOW - 9 * DAY
    )
    assert anew.der != parties.authority.der
    assert answer(judge(made.service([anew.der], entry()))) == YES
    other = parties.certify("other authority", {"C": "CZ", "CN": "Vydávající ř"}, by=parties.root, ca=True)
    assert answer(judge(made.service([other.der], entry()))) == OPEN  # whose issuer isn't on the path

    found = judge(made.service([other.der], entry()), path=None)
    assert reason(found) == ["list-cannot-say"]


def test_issuer_from_the_list(judge, lists, entry):
    """A certificate alone, whose issuer stands in a list, is judged as with that issuer beside it."""
    parties = lists.parties
    seal = parties.certify("alone", {"C": "CZ", "O": "Ú"}, by=parties.authority, qc=statements("eseal"))
    assert answer(judge(entry(), path=(seal.der,))) == PLAIN


def test_stale_list(judge, entry):
    """A list that is past its next update decides nothing; what it said is told all the same."""
    found = judge(entry(), state="stale")
    assert answer(found) == ("undetermined", "eseal", True)
    assert reason(found) == ["list-decides-nothing"]


@pytest.mark.parametrize(
    "case",
    [
        ("CZ", {}, "not-qualified", ["list-no-issuer"]),
        ("CZ", {"state": "stale"}, "undetermined", ["list-cannot-say"]),
        ("CZ", {"incomplete": ["CZ"]}, "undetermined", ["list-cannot-say"]),
        ("SK", {}, "undetermined", ["list-cannot-say", "list-missing"]),
        ("US", {}, "undetermined", ["list-cannot-say"]),
    ],
)
def test_not_listed(judge, lists, case):
    """That no list knows an issuer says something only where the list of its country is at hand, fresh and read whole."""
    country, options, expected, why = case
    parties = lists.parties
    root = parties.certify(f"root {country}", {"C": country, "CN": "Kořen"}, ca=True)
    seal = parties.certify("theirs", {"C": "CZ", "CN": "Pečeť"}, by=root, qc=statements("eseal"))
    found = judge(path=(root.der, seal.der), **options)
    assert (found.outcome, reason(found)) == (expected, why)


def test_no_lists(lists):
    """Without lists nobody can tell; a certificate's own word makes nothing of it."""
    seal = lists.parties.certify("word", {"C": "CZ"}, by=lists.parties.root, qc=statements("eseal"))
    found = certificate_qualification((lists.parties.root.der, seal.der), at=NOW, services=ServiceDirectory())
    assert found.outcome == "undetermined"


@pytest.fixture
def unit(lists, made):
    """Return a function that judges a time-stamp unit by the entries of one service."""

    def judged(*entries, at=NOW, listed="unit", kind=made.QTST, state="current"):
        parties = lists.parties
        found = parties.certify("unit", {"C": "CZ", "CN": "Razítko"}, by=parties.authority, qc=None)
        certificate = found.der if listed == "unit" else parties.authority.der
        history = [made.Entry(ISSUED + since * DAY, status=status, kind=kind) for since, status in entries]
        ours, _ = list_of_lists(lists.of_lists(), signers=(lists.pinned.der,), at=NOW, pivot=None)
        octets = lists.national(services=[made.service([certificate], *history)])
        services = national_list(octets, pointer=pointers_to_lists(ours)["CZ"], at=NOW).services
        directory = ServiceDirectory(services, {"CZ": state})
        return timestamp_qualification(
            (parties.root.der, parties.authority.der, found.der), at=at, services=directory
        )

    return judged


@pytest.mark.parametrize("listed", ["unit", "authority"])
def test_time_stamps(unit, listed):
    """A unit makes qualified time stamps while it, or its authority, is granted as such a service."""
    granted = [(10, "granted")]
    assert unit(*granted, listed=listed).outcome == "qualified"
    assert unit(*granted, listed=listed, at=ISSUED + 9 * DAY).outcome == "not-qualified"
    assert unit((20, "withdrawn"), *granted, listed=listed).outcome == "not-qualified"
    assert unit((20, "withdrawn"), *granted, listed=listed, at=ISSUED + 15 * DAY).outcome == "qualified"
    assert unit(*granted, listed=listed, state="stale").outcome == "undetermined"


def test_other_time_stamps(unit, made):
    """Time stamps of a service of another type are not qualified."""
    assert unit((10, "granted"), kind=f"{made.BASE}/Svctype/TSA").outcome == "not-qualified"
    assert unit((10, "granted"), kind=made.CA_QC, listed="authority").outcome == "not-qualified"


# every row of ../shared/tsl/qualification.tsv
ROWS = [
    ("sample", 388, "2025-02-19", ("qualified", "eseal", False), "Qualified certificate issued by «ANF AC Qualified Certificates for eSeal»"),
    ("sample", 388, "2023-06-01", ("qualified", "eseal", False), "Qualified certificate issued by «ANF AC Qualified Certificates for eSeal»"),
    ("unit", 388, "2025-02-19", ("qualified", None, None), "ZETES TSP CA FOR TSA 001"),
    ("unit", 388, "2022-02-28", NO, "ZETES TSP CA FOR TSA 001"),
    ("operator", 388, "2026-06-15", ("qualified", "eseal", True), "GlobalSign GCC E45 Qualified QSCD Signing CA 2020"),
    ("CZ ab3b465774bcd20d", 332, "2023-10-01", ("qualified", "esign", True), "(250) NCA – issuing qualified certificates"),
    ("CZ 29e9a8e9b3e0", 332, "2023-10-01", ("qualified", "esign", False), "(116) PostSignum - issuing qualified certificates"),
    ("BE 197410fb8652", 388, "2023-10-01", NO, None),
    ("EU e0a620fbb674", 388, "2023-11-18", OPEN, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def published(real):
    """Return the real directories of 2023 and 2026, and a function that finds a certificate of the table."""
    sets = {
        388: ("oj-2026-c1944.pem", "2026-07-03", {"BE": "be-81", "ES": "es-187"}),
        332: ("oj-2019-c276.pem", "2023-11-01", {"CZ": "cz-141"}),
    }
    directories, pointers = {}, {}
    for number, (pinned, day, names) in sets.items():
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        found, _ = list_of_lists(
            real(f"eu-lotl-{number}"),
            signers=from_pem(real(pinned)),
            at=at,
            pivot=lambda address: real(address.rpartition("/")[2].removesuffix(".xml")),
        )
        pointers[number] = found.pointers
        known = pointers_to_lists(found)
        read = {
            country: national_list(real(name), pointer=known[country], at=at)
            for country, name in names.items()
        }
        assert not any(one.unreadable for one in read.values())
        states = {country: "current" if country in read else "missing" for country in known}
        services = tuple(service for one in read.values() for service in one.services)
        directories[number] = ServiceDirectory(services, states)
    sample = json.loads(real("../elm/Sample-CertOfPart-2025-signed.jsonld"))
    header = json.loads(urlsafe_b64decode(sample["signatures"][0]["protected"] + "=="))

    def certificate(name, number):
        country, _, fingerprint = name.partition(" ")
        if name == "sample":
            return b64decode(header["x5c"][0])
        if name == "unit":
            return from_pem(real("../elm/Sample-CertOfPart-2025-anchors.pem"))[1]
        if name == "operator":
            return from_pem(real("be-operator-seal.pem"))[0]
        named = [c for p in pointers[number] if p.territory == country for c in p.signers]
        return next(c for c in named if sha256(c).hexdigest().startswith(fingerprint))

    return SimpleNamespace(directories=directories, certificate=certificate)


@pytest.mark.parametrize("row", ROWS, ids=[f"{name} {day}" for name, _, day, *_ in ROWS])
def test_real_certificates(published, row):
    """Real certificates are at real times what the table says that they are."""
    name, number, day, expected, service = row
    certificate = published.certificate(name, number)
    at = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    qualification = timestamp_qualification if name == "unit" else certificate_qualification
    found = qualification((certificate,), at=at, services=published.directories[number])
    assert answer(found) == expected
    assert (found.service.name if found.service else None) == service


def test_real_certificate_with_a_stale_list(published):
    """The same lists, past their next update, decide nothing."""
    directory = published.directories[388]
    stale = attrs.evolve(directory, lists=dict.fromkeys(directory.lists, "stale"))
    certificate = published.certificate("operator", 388)
    assert certificate_qualification((certificate,), at=NOW, services=stale).outcome == "undetermined"
