"""Seals of HTTP messages cover what they name, the body by its digest, and nothing else passes (`sigD` by `HttpHeaders`)."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.jades import (
    Document,
    Form,
    HttpMessage,
    SealingError,
    UnreadableError,
    content_imprint,
    extend,
    inspect,
    parse,
    parse_any,
    renew,
)
from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.jades.http_messages import covered

BODY = '{"ř": 1}'.encode()


def digest_of(body: bytes, algorithm: str = "sha256", name: str = "SHA-256") -> str:
    return f"{name}={base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


FIELDS = (
    ("Host", "api.example"),
    ("Accept", " a "),
    ("Date", "Sun, 22 Nov 2026 12:00:00 GMT"),
    ("accept", "b"),
    ("Digest", digest_of(BODY)),
    ("X-Empty", ""),
)
MESSAGE = HttpMessage(FIELDS, BODY, "POST /awards?dry_run=true")


def changed(**members: Any) -> HttpMessage:
    """Return the message with something changed."""
    values = {"fields": FIELDS, "body": BODY, "request_target": MESSAGE.request_target, **members}
    return HttpMessage(**values)


def test_lines_are_those_of_signing_http_messages() -> None:
    """Names in small letters, values of one name joined, no space around them, no line break at the end (2.3)."""
    octets, problems = covered(MESSAGE, MESSAGE.names, where="")
    assert problems == ()
    assert octets.decode() == (
        "(request-target): post /awards?dry_run=true\n"
        "host: api.example\n"
        "accept: a, b\n"
        "date: Sun, 22 Nov 2026 12:00:00 GMT\n"
        f"digest: {digest_of(BODY)}\n"
        "x-empty: "
    )


@pytest.mark.parametrize("profile", ["ts119182-1.2.1", "edc-legacy"])
@pytest.mark.parametrize("serialization", ["general", "flattened", "compact"])
def test_a_message_is_sealed_and_its_seal_holds(authorities: Any, serialization: Any, profile: Any) -> None:
    """The header says how it refers to what; the signature covers the message, which is not in the file."""
    data = authorities.sealed(payload=MESSAGE, form=Form(serialization, profile))
    file = parse_any(data)
    assert BODY not in data
    assert file.header.sigD.mId == "http://uri.etsi.org/19182/HttpHeaders"
    assert file.header.sigD.pars == MESSAGE.names
    assert "sigD" in file.header.crit
    assert file.header.b64 is False
    found = inspect(file, documents=MESSAGE)
    assert (found.intact, found.level) == (True, "B-B")
    assert [one for one in found.problems if one.severity == "error"] == []


CHANGES = {  # what is changed → the fault
    "a value": ({"fields": (("Host", "evil.example"), *FIELDS[1:])}, "signature-invalid"),
    "the order of values": (
        {"fields": (FIELDS[0], FIELDS[3], FIELDS[2], FIELDS[1], *FIELDS[4:])},
        "signature-invalid",
    ),
    "a value more": ({"fields": (*FIELDS, ("Accept", "c"))}, "signature-invalid"),
    "a field less": ({"fields": FIELDS[1:]}, "http-field-missing"),
    "the target": ({"request_target": "post /awards"}, "signature-invalid"),
    "no target": ({"request_target": ""}, "http-field-missing"),
    "the body": ({"body": BODY + b" "}, "http-digest-wrong"),
    "the body and its digest": (
        {"body": b"{}", "fields": (*FIELDS[:4], ("Digest", digest_of(b"{}")), FIELDS[5])},
        "signature-invalid",
    ),
    "a line within a value": (
        {"fields": (("Host", "api.example\ndate: never"), *FIELDS[1:])},
        "http-field-odd",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_noticed(authorities: Any, name: str) -> None:
    """Nothing that the seal covers can be another thing."""
    changes, code = CHANGES[name]
    file = parse_any(authorities.sealed(payload=MESSAGE))
    found = inspect(file, documents=changed(**changes))
    assert found.intact is False
    assert found.level == "none"
    assert code in {one.code for one in found.signature}


def test_what_is_not_covered_may_change(authorities: Any) -> None:
    """A seal names what it covers; proxies change the rest."""
    message = changed(signed=("digest", "date"))
    file = parse_any(authorities.sealed(payload=message))
    other = changed(fields=(("Via", "1.1 proxy"), *FIELDS[1:]), request_target="")
    assert inspect(file, documents=other).intact


REFUSED = {  # message → the fault
    "a body that nothing covers": (changed(signed=("date",)), "http-body-uncovered"),
    "a digest of another body": (changed(body=b"{}"), "http-digest-wrong"),
    "a digest of an algorithm that isn't known": (
        changed(fields=(("Digest", digest_of(BODY, "md5", "MD5")),)),
        "http-digest-wrong",
    ),
    "a right digest and a wrong one": (
        changed(fields=(("Digest", f"{digest_of(BODY)}, {digest_of(b'', 'sha512', 'SHA-512')}"),)),
        "http-digest-wrong",
    ),
    "a digest that is no base64": (changed(fields=(("Digest", "SHA-256=?"),)), "http-digest-wrong"),
    "a field that isn't there": (changed(signed=("digest", "x-missing")), "http-field-missing"),
    "a field named twice": (changed(signed=("digest", "date", "date")), "http-field-odd"),
    "a name in capitals": (changed(signed=("digest", "Date")), "http-field-odd"),
    "a name that is none": (changed(signed=("digest", "a b")), "http-field-odd"),
    "a control character": (changed(fields=(*FIELDS, ("X", "a\rb"))), "http-field-odd"),
    "a character of no header": (changed(fields=(*FIELDS, ("X", "ř"))), "http-field-odd"),
    "nothing": (HttpMessage(()), "payload-empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_covered_is_not_sealed(authorities: Any, name: str) -> None:
    """With the fault that there is."""
    message, code = REFUSED[name]
    with pytest.raises(SealingError) as refused:
        authorities.sealed(payload=message)
    assert code in {one.code for one in refused.value.problems}


def test_either_digest_will_do(authorities: Any) -> None:
    """Both together, too, if both are right; names of algorithms have no case."""
    both = f"sha-256={digest_of(BODY).partition('=')[2]},{digest_of(BODY, 'sha512', 'SHA-512')}"
    for value in (digest_of(BODY, "sha512", "sha-512"), both):
        message = changed(fields=(("Digest", value),))
        assert inspect(parse_any(authorities.sealed(payload=message)), documents=message).intact


def test_time_stamps_of_such_content_are_refused(authorities: Any) -> None:
    """What they would cover is not known here."""
    data = authorities.sealed(payload=MESSAGE)
    attempts = (
        lambda: extend(data, level="B-T", sources=authorities.sources()),
        lambda: renew(data, sources=authorities.sources()),
        lambda: authorities.sealed(
            payload=MESSAGE, content_timestamp=authorities.token(content_imprint(b"[1]"))
        ),
        lambda: authorities.sealed(payload=MESSAGE, form=Form(b64=True)),
    )
    for attempt in attempts:
        with pytest.raises(SealingError) as refused:
            attempt()
        assert {one.code for one in refused.value.problems} <= {"http-bare", "http-base64"}


def with_header(data: bytes, change: Any) -> bytes:
    """Return a file whose protected header says something else; its signature is wrong then."""
    document = json.loads(data)
    protected = document["signatures"][0]["protected"]
    header = json.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    change(header)
    document["signatures"][0]["protected"] = base64url(json.dumps(header).encode())
    return json.dumps(document).encode()


def test_nothing_is_intact_without_the_message(authorities: Any) -> None:
    """Documents are none, members of other mechanisms are not understood, and base64url is refused."""
    data = authorities.sealed(payload=MESSAGE)
    for documents in ((), [Document("a", b"x")]):
        found = inspect(parse_any(data), documents=documents)
        assert found.intact is not True
        assert "mechanism-unsupported" in {one.code for one in found.problems}
    by_hash = parse_any(authorities.sealed(payload=[Document("a", b"x")]))
    assert inspect(by_hash, documents=MESSAGE).intact is not True
    changes = {
        "mechanism-unsupported": lambda header: header["sigD"].update(
            hashM="S256", hashV=[base64url(b"0" * 32)]
        ),
        "http-base64": lambda header: (header.pop("b64"), header["crit"].remove("b64")),
    }
    for code, change in changes.items():
        found = inspect(parse_any(with_header(data, change)), documents=MESSAGE)
        assert found.intact is not True
        assert code in {one.code for one in found.problems}


def test_a_credential_is_never_sealed_so(authorities: Any) -> None:
    """A file whose content is outside is none."""
    with pytest.raises(UnreadableError):
        parse(authorities.sealed(payload=MESSAGE))


NAMES = st.text("abcxyz-", min_size=1, max_size=8)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
MESSAGES = st.builds(
    lambda fields: HttpMessage(tuple(fields)), st.lists(st.tuples(NAMES, VALUES), min_size=1)
)


@given(first=MESSAGES, second=MESSAGES)
def test_different_content_has_different_lines(first: HttpMessage, second: HttpMessage) -> None:
    """Under the names that a seal has, two messages have the same lines only where all their values are the same."""
    if first.names != second.names or "digest" in first.names:
        return
    one, two = (covered(each, first.names, where="")[0] for each in (first, second))

    def values(message: HttpMessage) -> list[str]:
        return [
            ", ".join(value.strip(" \t") for own, value in message.fields if own.lower() == name)
            for name in first.names
        ]

    assert (one == two) == (values(first) == values(second))
