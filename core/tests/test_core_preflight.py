"""What would make a trap of every award is found before the first one is sealed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from mikrocert import DATED
from mikrocert.kinds.signer import Identity
from mikrocert.report import Severity
from mikrocert.service.issuing.preflight import Plan, preflight
from mikrocert.testing import example_owner, example_profile

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Member:
    """A key and its certificate."""

    def __init__(self, name, *, above=None, start=AT - 365 * DAY, end=AT + 365 * DAY):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        above = above or self
        builder = x509.CertificateBuilder().subject_name(self.name).issuer_name(above.name)
        builder = builder.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(start).not_valid_after(end)
        self.der = builder.sign(above.key, hashes.SHA256()).public_bytes(Encoding.DER)


ROOT = Member("Kořen")
AUTHORITY = Member("Vydávající autorita", above=ROOT)
SEAL = Member("Pečeť Řípské", above=AUTHORITY)
NEW_ROOT = Member("Kořen")  # the same name, another key
NEW_SEAL = Member("Nová pečeť", above=NEW_ROOT)
GENUINE = attrs.evolve(example_owner(), test=False)


def identity(*members, owner=GENUINE):
    return Identity("ES256", b"", tuple(member.der for member in members), owner)


GOOD = Plan(
    base_url="https://mikrocert.example",
    identity=identity(SEAL, AUTHORITY),
    anchors=(ROOT.der,),
    institution="rip",
    mandate=example_profile().mandate,
    last_event=AT - DAY,
    at=AT,
)


def found(**changes):
    """Return severity and code of what is wrong with the good plan, changed."""
    return [(finding.severity, finding.code) for finding in preflight(attrs.evolve(GOOD, **changes))]


def test_nothing_is_wrong_with_a_good_plan():
    """A genuine seal under a trusted root, a public address, a mandate, a clock that is right."""
    assert found() == []


def test_trusted_lists_are_as_good_as_an_anchor():
    """Where one of them stands above the seal, no anchor is wanted; where none does, one is."""
    assert found(anchors=(), listed=True) == []
    assert found(anchors=(), listed=False) == [(Severity.ERROR, "anchor")]


TRAPS = {  # name → (changes, severity, code)
    "the default address": ({"base_url": "http://127.0.0.1:8000"}, "error", "base-url"),
    "no TLS": ({"base_url": "http://mikrocert.example"}, "error", "base-url"),
    "this machine": ({"base_url": "https://localhost"}, "error", "base-url"),
    "this machine, with a dot": ({"base_url": "https://localhost."}, "error", "base-url"),
    "a name below": ({"base_url": "https://a.localhost:8000/x"}, "error", "base-url"),
    "a name of the house": ({"base_url": "https://portal"}, "error", "base-url"),
    "a name of the network": ({"base_url": "https://portal.local"}, "error", "base-url"),
    "a name of the office": ({"base_url": "https://portal.INTERNAL"}, "error", "base-url"),
    "a reserved name": ({"base_url": "https://portal.test"}, "error", "base-url"),
    "a loopback address": ({"base_url": "https://127.0.0.1"}, "error", "base-url"),
    "a loopback address, shortened": ({"base_url": "https://127.1"}, "error", "base-url"),
    "a loopback address as a number": ({"base_url": "https://0x7f000001"}, "error", "base-url"),
    "a private address": ({"base_url": "https://192.168.1.7"}, "error", "base-url"),
    "no anchor": ({"anchors": ()}, "error", "anchor"),
    "an anchor of others": ({"anchors": (NEW_ROOT.der,)}, "error", "anchor"),
    "an anchor forgotten at a key change": ({"identity": identity(NEW_SEAL)}, "error", "anchor"),
    "a chain with a gap": ({"identity": identity(SEAL)}, "error", "anchor"),
    "a chain that joins another": ({"identity": identity(NEW_SEAL, AUTHORITY)}, "error", "anchor"),
    "no certificate": ({"identity": identity()}, "error", "no-certificate"),
    "no certificate of X.509": (
        {"identity": attrs.evolve(GOOD.identity, certificates=(b"x",))},
        "error",
        "seal-unreadable",
    ),
    "a seal that ended": ({"at": AT + 366 * DAY}, "error", "seal-expired"),
    "a seal that ends in days": ({"at": AT + 340 * DAY}, "warning", "seal-ends"),
    "a clock before the seal": (
        {"identity": identity(Member("Příští", above=ROOT, start=AT + DAY))},
        "error",
        "clock",
    ),
    "a clock before the archive": ({"last_event": AT + DAY}, "error", "clock"),
    "a mandate that lapsed": (
        {"mandate": attrs.evolve(GOOD.mandate, valid_until=date(2026, 11, 21))},
        "warning",
        "no-mandate",
    ),
    "a mandate that hasn't begun": (
        {"mandate": attrs.evolve(GOOD.mandate, agreed_on=date(2026, 11, 23))},
        "warning",
        "no-mandate",
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_found(name):
    """By severity and code; nothing else is wrong."""
    changes, severity, code = TRAPS[name]
    assert found(**changes) == [(Severity(severity), code)]


def test_a_clock_before_the_program_is_off():
    """No right clock shows a day before that of this version."""
    seal = Member("Pečeť", start=AT - 3650 * DAY)
    early = datetime(DATED.year, DATED.month, DATED.day, tzinfo=UTC)
    plan = {"identity": identity(seal), "anchors": (seal.der,), "last_event": None}
    assert found(**plan, at=early) == []
    assert found(**plan, at=early - timedelta(seconds=1)) == [(Severity.ERROR, "clock")]


ANCHORS = {  # name → (chain, anchors)
    "the root": ((SEAL, AUTHORITY), (ROOT,)),
    "the root, sent along": ((SEAL, AUTHORITY, ROOT), (ROOT,)),
    "the issuing authority": ((SEAL,), (AUTHORITY,)),
    "the issuing authority, sent along": ((SEAL, AUTHORITY), (AUTHORITY,)),
    "the seal itself": ((SEAL,), (SEAL,)),
    "the root among others": ((SEAL, AUTHORITY), (NEW_ROOT, ROOT)),
    "a seal that is its own root": ((ROOT,), (ROOT,)),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_an_anchor_may_stand_anywhere_above(name):
    """Root, issuing authority, or the seal certificate itself."""
    chain, anchors = ANCHORS[name]
    assert found(identity=identity(*chain), anchors=tuple(anchor.der for anchor in anchors)) == []


def test_a_test_seal_may_have_any_address():
    """Its links prove nothing; all the rest is asked of it too."""
    sandbox = identity(SEAL, AUTHORITY, owner=example_owner())
    assert found(identity=sandbox, base_url="http://127.0.0.1:8000") == []
    assert found(identity=sandbox, anchors=()) == [(Severity.ERROR, "anchor")]


def test_clocks_may_differ_by_minutes():
    """Two hosts that issue into one archive needn't agree to the second."""
    assert found(last_event=AT + timedelta(minutes=5)) == []
    assert found(last_event=AT + timedelta(minutes=5, seconds=1)) == [(Severity.ERROR, "clock")]


def test_everything_is_found_at_once():
    """All traps of a plan are told together."""
    codes = {code for _, code in found(base_url="http://a.example", anchors=(), last_event=AT + DAY)}
    assert codes == {"base-url", "anchor", "clock"}


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global))
def test_no_private_address_is_public(address):
    """However it is written."""
    for host in (str(address), str(int(address)), hex(int(address))):
        assert found(base_url=f"https://{host}") == [(Severity.ERROR, "base-url")]
