"""Verifying lists: who signed them, what the signature covers, and which list may be used as what."""

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.lists import signed
from mikrocert_seal_ades.pki.lists.rules import list_of_lists, national_list, pointers_to_lists
from mikrocert_seal_ades.pki.x509 import from_pem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def codes(fault):
    return [problem.code for problem in fault.value.problems]


def no_pivot(address):
    raise AssertionError(address)


@pytest.fixture
def czech(lists):
    """Return a function that verifies a list as the Czech one."""
    ours = list_of_lists(lists.of_lists(), signers=(lists.pinned.der,), at=NOW, pivot=no_pivot)[0]
    pointer = pointers_to_lists(ours)["CZ"]

    def verified(octets, **options):
        return national_list(octets, pointer=pointer, at=NOW, **options)

    return verified


@pytest.mark.parametrize("version", [5, 6])
def test_version(lists, made, czech, version):
    """Lists of versions 5 and 6 are verified, each with the signature of its version, and read whole."""
    seal = lists.parties.authority.der
    entry = made.Entry(NOW - 50 * DAY)
    octets = lists.national(version=version, services=[made.service([seal], entry)])
    assert (b"SigningCertificateV2" in octets) is (version == 6)

    found = czech(octets)

    assert (found.version, found.sequence, found.territory) == (version, 5, "CZ")
    assert (found.issued, found.next_update) == (NOW - DAY, NOW + 100 * DAY)
    assert found.operator == "Office"
    assert found.signer == lists.czech.der
    (service,) = found.services
    assert (service.certificates, service.name, service.provider) == ((seal,), "Služba ř", "Provider")
    assert service.territory == "CZ"
    assert service.history[0].since == entry.since


WRONG = {
    "version 4": ({"version": 4}, ["list-version"]),
    "version 7": ({"version": 7}, ["list-version"]),
    "another country's": ({"territory": "SK"}, ["list-territory"]),
    "a list of lists": (
        {"list_type": "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"},
        ["list-type"],
    ),
    "a number that is lower": ({"sequence": 4}, ["list-older"]),
}


@pytest.mark.parametrize(("members", "expected"), WRONG.values(), ids=WRONG)
def test_another_list(lists, czech, members, expected):
    """A list that is well signed, but not the one that was asked for, is refused."""
    with pytest.raises(ListError) as fault:
        czech(lists.national(**members), newer_than=5)
    assert codes(fault) == expected
    assert fault.value.problems[0].where == "CZ"


def test_same_number(lists, czech):
    """The list that is known already is accepted again."""
    assert czech(lists.national(sequence=5), newer_than=5).sequence == 5


@pytest.mark.parametrize(
    "name", ["TSLVersionIdentifier", "TSLSequenceNumber", "ListIssueDateTime", "NextUpdate"]
)
def test_member_missing(lists, made, czech, name):
    """A list that lacks what every list has is refused, and the member is named."""
    xml = made.unsigned().replace(f"<{name}>", f"<Other{name}>").replace(f"</{name}>", f"</Other{name}>")
    with pytest.raises(ListError, match=name) as fault:
        czech(made.signed(xml, by=lists.czech))
    assert codes(fault) == ["list-incomplete"]


@pytest.mark.parametrize("time", ["2026-11-21", "2026-11-21T12:00:00", "2026-13-21T12:00:00Z", "včera"])
def test_time_without_zone(lists, made, czech, time):
    """A time that nobody can place is none."""
    xml = made.unsigned(next_update=NOW).replace(f"<dateTime>{made.stamp(NOW)}", f"<dateTime>{time}")
    with pytest.raises(ListError, match="NextUpdate"):
        czech(made.signed(xml, by=lists.czech))


@pytest.mark.parametrize(("days", "stale"), [(100, False), (-1, True), (None, False)])
def test_next_update(lists, czech, days, stale):
    """A list past its next update is read, and stale; a closed one, which has none, never gets stale."""
    found = czech(lists.national(next_update=None if days is None else NOW + days * DAY))
    assert found.is_stale(NOW) is stale


def outsider(lists, made):
    return made.signed(made.unsigned(), by=lists.office("CZ", "outsider"))


def namesake(lists, made):
    """The key of a stranger under the name of the office."""
    forged = lists.parties.certify("forger", {"C": "CZ", "O": "Úřad", "CN": "Podpis seznamu office"})
    return made.signed(made.unsigned(), by=forged)


def pretender(lists, made):
    """Signed by a stranger, and the certificate of the office put in the place of his."""
    forger = lists.office("CZ", "pretender")
    octets = made.signed(made.unsigned(), by=forger)
    genuine = b64encode(lists.czech.der)
    return re.sub(
        rb"(<ds:X509Certificate>)[^<]+(</ds:X509Certificate>)", rb"\g<1>" + genuine + rb"\g<2>", octets
    )


def changed(lists, made):
    return lists.national().replace(b"Provider", b"Providor")


def unsigned(lists, made):
    return made.unsigned().encode()


def signed_twice(lists, made):
    octets = lists.national()
    start, end = octets.index(b"<ds:Signature "), octets.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return octets[:end] + octets[start:end] + octets[end:]


def wrapped(lists, made):
    """The genuine list with its signature, put inside a forged one."""
    genuine = lists.national().partition(b"?>")[2].strip()
    forged = made.unsigned(services=[made.service([lists.parties.root.der], made.Entry(NOW))]).encode()
    return forged.replace(b"</TrustServiceStatusList>", genuine + b"</TrustServiceStatusList>")


def wrapped_behind(lists, made):
    """A forged list with the signature of the genuine one, and that one beside it."""
    octets = lists.national()
    start, end = octets.index(b"<ds:Signature "), octets.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    genuine = octets[octets.index(b"<TrustServiceStatusList") : start] + octets[end:]
    forged = made.unsigned(sequence=9).encode()
    return forged.replace(
        b"</TrustServiceStatusList>", octets[start:end] + genuine + b"</TrustServiceStatusList>"
    )


def covers_a_part(lists, made):
    """The signature is over an element with an Id, not over the whole."""
    xml = made.unsigned().replace("<TSPInformation>", '<TSPInformation Id="kus">')
    return made.signed(xml, by=lists.czech, scope="#kus")


def comment(lists, made):
    """A comment splits a text in two; what is covered doesn't have it."""
    return lists.national().replace(b">CZ</SchemeTerritory>", b">C<!-- -->Z</SchemeTerritory>")


FORGED = {
    "signed by somebody else": (outsider, ["list-signer-unknown"]),
    "signed by somebody of the same name": (namesake, ["list-signer-unknown"]),
    "another's certificate beside the signature": (pretender, ["list-signature-wrong"]),
    "a letter changed": (changed, ["list-signature-wrong"]),
    "not signed": (unsigned, ["list-signature-count"]),
    "signed twice": (signed_twice, ["list-signature-count"]),
    "the genuine list wrapped into a forged one": (wrapped, ["list-signature-misplaced"]),
    "the genuine list beside a forged one": (wrapped_behind, ["list-signature-wrong"]),
    "a part signed": (covers_a_part, ["list-signature-scope"]),
}


@pytest.mark.parametrize(("forge", "expected"), FORGED.values(), ids=FORGED)
def test_forged(lists, made, czech, forge, expected):
    """No list is read whose one signature isn't over the whole of it and by one who may."""
    with pytest.raises(ListError) as fault:
        czech(forge(lists, made))
    assert codes(fault) == expected


def test_comments(lists, made, czech):
    """What the signature doesn't cover has no effect on what is read."""
    assert czech(comment(lists, made)).territory == "CZ"


def entities(lists, made):
    lol = "".join(f'<!ENTITY l{n} "{"".join(f"&l{n - 1};" for _ in range(10))}">' for n in range(1, 10))
    return lists.national().replace(
        b"<TrustService", f'<!DOCTYPE r [<!ENTITY l0 "ha">{lol}]><TrustService'.encode(), 1
    )


def outside_file(lists, made):
    return lists.national().replace(
        b"<TrustService", b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><TrustService', 1
    )


HOSTILE = {
    "nothing": (lambda lists, made: b"", ["list-not-xml"]),
    "no XML": (lambda lists, made: b"%PDF-1.7", ["list-not-xml"]),
    "cut off": (lambda lists, made: lists.national()[:-30], ["list-not-xml"]),
    "not UTF-8": (lambda lists, made: lists.national().replace("Ú".encode(), b"\xda"), ["list-not-xml"]),
    "another root": (lambda lists, made: b"<html/>", ["list-wrong-root"]),
    "entities that grow": (entities, ["list-doctype"]),
    "an entity of a file": (outside_file, ["list-doctype"]),
    "a document type of another place": (
        lambda lists, made: b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>',
        ["list-doctype"],
    ),
    "too deep": (
        lambda lists, made: made.unsigned(information=["<i>" * 70 + "</i>" * 70]).encode(),
        ["list-too-much"],
    ),
}


@pytest.mark.parametrize(("make", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile(lists, made, czech, make, expected):
    """XML that isn't a list, or is made to harm, is refused before anything is made of it."""
    with pytest.raises(ListError) as fault:
        czech(make(lists, made))
    assert codes(fault) == expected


def test_bounds(lists, czech, monkeypatch):
    """A list has bounds of octets and of elements; what is over them is refused before it is parsed, or while."""
    octets = lists.national()
    monkeypatch.setattr(signed, "MOST_ELEMENTS", 10)
    with pytest.raises(ListError) as fault:
        czech(octets)
    assert codes(fault) == ["list-too-much"]
    monkeypatch.setattr(signed, "LARGEST", len(octets) - 1)
    with pytest.raises(ListError) as fault:
        czech(octets)
    assert codes(fault) == ["list-too-large"]


@given(data=st.data())
def test_any_octet(lists, data):
    """Whatever octet of a list is changed, either it is refused or what is read is the same."""
    octets = lists.national()
    ours = list_of_lists(lists.of_lists(), signers=(lists.pinned.der,), at=NOW, pivot=no_pivot)[0]
    pointer = pointers_to_lists(ours)["CZ"]
    at = data.draw(st.integers(0, len(octets) - 1))
    value = data.draw(st.integers(0, 255))
    try:
        found = national_list(octets[:at] + bytes([value]) + octets[at + 1 :], pointer=pointer, at=NOW)
    except ListError:
        return
    assert found == national_list(octets, pointer=pointer, at=NOW)


@pytest.mark.parametrize(("start", "end"), [(-30, -1), (1, 30)], ids=["expired", "not yet valid"])
def test_signer_outside_validity(lists, start, end):
    """Who signs has a certificate that is valid; that the list of lists names it doesn't make up for that."""
    office = lists.office("CZ", "old", start=NOW + start * DAY, end=NOW + end * DAY)
    ours = list_of_lists(
        lists.of_lists(by=office), signers=(office.der,), at=NOW + (start + end) / 2 * DAY, pivot=no_pivot
    )
    assert ours[0].sequence == 300
    with pytest.raises(ListError) as fault:
        list_of_lists(lists.of_lists(by=office), signers=(office.der,), at=NOW, pivot=no_pivot)
    assert codes(fault) == ["list-signer-expired"]


def test_signer_that_cannot_be_read(lists):
    """A pinned certificate that is none can't be what a list is signed with, even where the list carries it."""
    sequence, null = b"\x30", b"\x05\x00"
    fields = sequence + bytes([12]) + null * 6
    none = sequence + bytes([len(fields)]) + fields
    octets = re.sub(
        rb"(<ds:X509Certificate>)[^<]+(</ds:X509Certificate>)",
        rb"\g<1>" + b64encode(none) + rb"\g<2>",
        lists.of_lists(),
    )
    with pytest.raises(ListError) as fault:
        list_of_lists(octets, signers=(none,), at=NOW, pivot=no_pivot)
    assert codes(fault) == ["list-signer-unreadable"]


class Pivots:
    """Three generations of offices: the pinned one, the one that a first pivot names, the one that a second one names."""

    def __init__(self, lists, made):
        self.lists, self.made = lists, made
        self.second, self.third = lists.office("EU", "second"), lists.office("EU", "third")
        self.asked = []
        self.stored = {
            "https://listy.example/eu-lotl-pivot-280.xml": self.pivot(
                280, by=lists.pinned, names=self.second
            ),
            "https://listy.example/eu-lotl-pivot-290.xml": self.pivot(290, by=self.second, names=self.third),
        }
        self.information = (*reversed(self.stored), made.GAZETTE, "https://listy.example/eu-lotl-pivot-1.xml")

    def pivot(self, sequence, *, by, names):
        return self.lists.of_lists(by=by, sequence=sequence, pointers=[self.made.own_pointer(names.der)])

    def fetch(self, address):
        self.asked.append(address)
        return self.stored[address]

    def verified(self, **members):
        members = {"by": self.third, "information": self.information, **members}
        return list_of_lists(
            self.lists.of_lists(**members), signers=(self.lists.pinned.der,), at=NOW, pivot=self.fetch
        )


@pytest.fixture
def pivots(lists, made):
    """Return a list of lists that two pivots lead to."""
    return Pivots(lists, made)


def test_pivots(pivots):
    """Pivots lead from the pinned certificates to who signs the list of lists, the oldest first; what is below the Official
    Journal is history.
    """
    found, used = pivots.verified()
    assert found.sequence == 300
    assert [pivot.address for pivot in used] == pivots.asked == list(pivots.stored)


def test_pivot_left_out(pivots, made):
    """Who a pivot names signs nothing where that pivot is left out."""
    with pytest.raises(ListError) as fault:
        pivots.verified(information=(made.GAZETTE,))
    assert codes(fault) == ["list-signer-unknown"]


def test_pivot_of_a_stranger(pivots, lists):
    """A pivot is signed by who was named before it."""
    first = next(iter(pivots.stored))
    pivots.stored[first] = pivots.pivot(280, by=lists.office("EU", "stranger"), names=pivots.second)
    with pytest.raises(ListError) as fault:
        pivots.verified()
    assert codes(fault) == ["list-signer-unknown"]
    assert fault.value.problems[0].where == "eu-lotl-pivot-280.xml"


def test_pivots_in_order(pivots):
    """Numbers of pivots don't fall, nor is the list of lists older than the last of them."""
    with pytest.raises(ListError) as fault:
        pivots.verified(sequence=289)
    assert codes(fault) == ["list-older"]


def test_pivot_that_names_nobody(pivots, lists):
    """A pivot points once to itself; otherwise nobody can tell who signs next."""
    first = next(iter(pivots.stored))
    pivots.stored[first] = lists.of_lists(sequence=280, pointers=[])
    with pytest.raises(ListError) as fault:
        pivots.verified()
    assert codes(fault) == ["list-own-pointer"]


def test_pivots_without_end(pivots, made):
    """At most twenty pivots are followed."""
    many = [f"https://listy.example/eu-lotl-pivot-{n}.xml" for n in range(21)]
    with pytest.raises(ListError) as fault:
        pivots.verified(information=[*many, made.GAZETTE])
    assert codes(fault) == ["list-pivots"]
    assert pivots.asked == []


def test_pinned_by_nobody(lists):
    """Without pinned certificates no list of lists is believed."""
    with pytest.raises(ListError) as fault:
        list_of_lists(lists.of_lists(), signers=(), at=NOW, pivot=no_pivot)
    assert codes(fault) == ["list-signer-unknown"]


def test_older_list_of_lists(lists):
    """A list of lists that is older than the one that is known is refused, however well it is signed."""
    with pytest.raises(ListError) as fault:
        list_of_lists(
            lists.of_lists(sequence=299), signers=(lists.pinned.der,), at=NOW, pivot=no_pivot, newer_than=300
        )
    assert codes(fault) == ["list-older"]


def test_two_lists_of_a_country(lists, made):
    """Where the list of lists points to two lists of a country, nobody can tell which holds; one for people doesn't count."""
    czech = made.pointer("https://listy.example/cz.xml", "CZ", lists.czech.der)
    people = made.pointer("https://listy.example/cz.pdf", "CZ", lists.czech.der, mime_type="application/pdf")

    def pointers(*those):
        octets = lists.of_lists(pointers=[made.own_pointer(lists.pinned.der), *those])
        found, _ = list_of_lists(octets, signers=(lists.pinned.der,), at=NOW, pivot=no_pivot)
        return pointers_to_lists(found)

    assert list(pointers(czech, people)) == ["CZ"]
    with pytest.raises(ListError) as fault:
        pointers(czech, czech)
    assert codes(fault) == ["list-pointer-twice"]


@pytest.mark.parametrize(
    ("name", "pinned", "day", "expected"),
    [
        ("eu-lotl-388", "oj-2026-c1944.pem", "2026-07-03", "e0a620fbb6747362"),
        ("eu-lotl-388", "oj-2026-c1944.pem", "2026-11-29", "e0a620fbb6747362"),
        ("eu-lotl-332", "oj-2019-c276.pem", "2023-11-01", "f7e8e4e554fb7c7a"),
        ("eu-lotl-332", "oj-2019-c276.pem", "2026-11-29", "list-signer-expired"),
        ("eu-lotl-388", "oj-2019-c276.pem", "2026-07-03", "list-signer-unknown"),
    ],
)
def test_real_lists_of_lists(real, name, pinned, day, expected):
    """The real lists of lists verify with what the Official Journal says, and with nothing else."""
    try:
        found, _ = list_of_lists(
            real(name),
            signers=from_pem(real(pinned)),
            at=datetime.fromisoformat(f"{day}T12:00:00+00:00"),
            pivot=lambda address: real(address.rpartition("/")[2].removesuffix(".xml")),
        )
        result = sha256(found.signer).hexdigest()[:16]
    except ListError as fault:
        result = fault.problems[0].code
    assert result == expected
