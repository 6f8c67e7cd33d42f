"""What can be done to a sealed data file without its key: to the octets, to the JSON, to the seal."""
# pyright: basic

from __future__ import annotations

import base64
import json
import unicodedata
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS

from .stage import dumped

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .stage import Stage

ORDER = ALGORITHMS["ES256"].order or 0
TOKENS = (
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000", b"\\ud800", b"\\u0061", b"null", b"NaN", b"1e400", b"9" * 70),
    *(b"[[[[[[[[", b"\x00", b"\xff", b"\xed\xa0\x80", "ř".encode(), "\u202e".encode(), b"\xef\xbb\xbf", b"\r\n", b"__proto__"),
)  # fmt: skip


def a_file(stage: Stage, chance: random.Random) -> bytes:
    return chance.choice(stage.files["operator"]["json"])


def opened(stage: Stage, chance: random.Random) -> dict[str, Any]:
    """Return a sealed file as JSON has it."""
    return json.loads(a_file(stage, chance))


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# The octets


def flipped_bit(stage: Stage, chance: random.Random) -> bytes:
    data = bytearray(a_file(stage, chance))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def exchanged_octets(stage: Stage, chance: random.Random) -> bytes:
    data = a_file(stage, chance)
    start = chance.randrange(len(data))
    return data[:start] + chance.choice(TOKENS) + data[start + chance.choice((0, 1, 4, 400)) :]


def repeated_octets(stage: Stage, chance: random.Random) -> bytes:
    data = a_file(stage, chance)
    start, size = chance.randrange(len(data)), chance.choice((1, 8, 80, 8000))
    return data[:start] + data[start : start + size] * chance.choice((2, 3)) + data[start + size :]


def cut_file(stage: Stage, chance: random.Random) -> bytes:
    data = a_file(stage, chance)
    return data[: chance.randrange(len(data))]


# The JSON around the seal


def member_twice(stage: Stage, chance: random.Random) -> bytes:
    """A second `payload` or `signatures`, genuine or of another file, before or behind the first."""
    one, other = opened(stage, chance), opened(stage, chance)
    name = chance.choice(("payload", "signatures"))
    more = chance.choice((other[name], None, "", [], one[name]))
    members = [(n, one[n]) for n in ("payload", "signatures")]
    members.insert(chance.randrange(3), (name, more))
    return b"{" + b",".join(dumped(n) + b":" + dumped(value) for n, value in members) + b"}"


def two_signatures(stage: Stage, chance: random.Random) -> bytes:
    document, other = opened(stage, chance), opened(stage, chance)
    document["signatures"].insert(chance.randrange(2), other["signatures"][0])
    return dumped(document)


def other_serialization(stage: Stage, chance: random.Random) -> bytes:
    """Compact, with an encoded payload, with the payload as JSON, or in both JSON serializations at once."""
    document = opened(stage, chance)
    payload, signature = document["payload"], document["signatures"][0]
    return chance.choice((
        f"{signature['protected']}.{encoded(payload.encode())}.{signature['signature']}".encode,
        f"{signature['protected']}..{signature['signature']}".encode,
        lambda: dumped({**document, "payload": encoded(payload.encode())}),
        lambda: dumped({**document, "payload": json.loads(payload)}),
        lambda: dumped({**document, **signature}),
        lambda: dumped({**document, "signatures": []}),
        lambda: dumped({**document, "signatures": signature}),
        lambda: dumped([document]),
        payload.encode,
    ))()  # fmt: skip


def flattened(stage: Stage, chance: random.Random) -> bytes:
    document = opened(stage, chance)
    return dumped({"payload": document["payload"], **document["signatures"][0]})


def parts_swapped(stage: Stage, chance: random.Random) -> bytes:
    """Payload, header or signature of one genuine file in the other, of the operator or of the stranger."""
    one, other = json.loads(stage.files["operator"]["json"][0]), None
    other = json.loads(
        chance.choice((stage.files["operator"]["json"][1], stage.files["stranger"]["json"][0]))
    )
    match chance.choice(("payload", "protected", "signature", "both")):
        case "payload":
            one["payload"] = other["payload"]
        case "both":
            one["payload"] = other["payload"]
            one["signatures"][0]["protected"] = other["signatures"][0]["protected"]
        case member:
            one["signatures"][0][member] = other["signatures"][0][member]
    return dumped(one)


# What is under the seal


def leaves(value: Any) -> list[tuple[Any, Any]]:
    """Return every text, number and truth value inside, as what holds it and where."""
    found = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key, inner in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(inner, (dict, list)):
                waiting.append(inner)
            else:
                found.append((holder, key))
    return found


LOOKALIKES = str.maketrans("aeopcxyiABCEHKMOPTX", "аеорсхуіАВСЕНКМОРТХ")
"""Latin letters → Cyrillic ones that look the same."""


def disguised(text: str, chance: random.Random) -> str:
    """Return a text that looks like another one and is none, or nearly."""
    place = chance.randrange(len(text) + 1)
    unseen = chance.choice(
        ("\u200b", "\u200d", "\u2060", "\u00ad", "\u034f", "\ufe0f", "\u115f", "\U000e0041")
    )
    return chance.choice((
        text.translate(LOOKALIKES),
        text[:place] + text[place:].translate(LOOKALIKES),
        text[:place] + unseen + text[place:],
        unicodedata.normalize("NFD", text),
        text.upper(),
        text.replace(" ", "\u00a0") + " ",
        "\u202e" + text[::-1],
    ))  # fmt: skip


def other_text(stage: Stage, chance: random.Random) -> bytes:
    """Any text, number or truth value of the credential is another one, maybe one that looks the same."""
    document = opened(stage, chance)
    payload = json.loads(document["payload"])
    holder, key = chance.choice(leaves(payload))
    before = holder[key]
    if isinstance(before, str):
        holder[key] = chance.choice(
            (disguised(before, chance), before + "ď", "", chance.choice(("1", "2027")))
        )
    else:
        holder[key] = chance.choice((True, 99, -1, None, "1"))
    document["payload"] = dumped(payload).decode()
    return dumped(document)


def other_members(stage: Stage, chance: random.Random) -> bytes:
    """Any object of the credential has a member more, fewer, or the same one twice."""
    document = opened(stage, chance)
    payload = json.loads(document["payload"])
    holder, key = chance.choice([leaf for leaf in leaves(payload) if isinstance(leaf[0], dict)])
    text = dumped(payload).decode()
    match chance.choice(("more", "fewer", "twice")):
        case "more":
            holder[chance.choice(("@context", "@id", "@reverse", "@graph", "title", "type", "ř"))] = "ř"
        case "fewer":
            del holder[key]
        case _:
            member = f"{json.dumps(key)}:{json.dumps(holder[key], ensure_ascii=False)}"
            document["payload"] = text.replace(member, f"{member},{member}", 1)
            return dumped(document)
    document["payload"] = dumped(payload).decode()
    return dumped(document)


# The seal


def header_changed(stage: Stage, chance: random.Random) -> bytes:
    """The protected header says another algorithm, time, certificate or rule."""
    document, stranger = opened(stage, chance), json.loads(stage.files["stranger"]["json"][0])
    signature = document["signatures"][0]
    header = json.loads(decoded(signature["protected"]))
    theirs = json.loads(decoded(stranger["signatures"][0]["protected"]))
    header |= chance.choice((
        {"alg": chance.choice(("none", "HS256", "RS256", "PS256", "ES384", "es256", ""))},
        {"b64": True},
        {"crit": chance.choice(([], ["b64", "exp"], ["b64", "b64"], "b64"))},
        {"iat": header["iat"] - chance.choice((-(10**9), 1, 10**9))},
        {"x5c": theirs["x5c"]},
        {"x5c": [*header["x5c"], *theirs["x5c"]]},
        {"x5c": header["x5c"][::-1]},
        {"x5c": header["x5c"][:1]},
        {"x5t#S256": theirs["x5t#S256"]},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://jinde.example/ř.pem"},
        {"sigT": "2020-01-01T00:00:00Z"},
        {"cty": "ř"},
    ))  # fmt: skip
    signature["protected"] = encoded(dumped(header))
    return dumped(document)


def header_member_twice(stage: Stage, chance: random.Random) -> bytes:
    document = opened(stage, chance)
    signature = document["signatures"][0]
    header = decoded(signature["protected"])
    more = chance.choice((b'"alg":"none"', b'"alg":"ES256"', b'"b64":true', b'"x5c":[]'))
    signature["protected"] = encoded(
        chance.choice((b"{" + more + b"," + header[1:], header[:-1] + b"," + more + b"}"))
    )
    return dumped(document)


def signature_changed(stage: Stage, chance: random.Random) -> bytes:
    """The signature is another number, or the same one written otherwise."""
    document = opened(stage, chance)
    signature = document["signatures"][0]
    text = signature["signature"]
    octets = decoded(text)
    r, s = int.from_bytes(octets[:32]), int.from_bytes(octets[32:])
    signature["signature"] = chance.choice((
        lambda: encoded(chance.randbytes(64)),
        lambda: encoded(bytes(64)),
        lambda: encoded(octets[32:] + octets[:32]),
        lambda: encoded(octets + b"\0"),
        lambda: encoded(b"\0" + octets),
        lambda: encoded(encode_dss_signature(r, s)),
        lambda: encoded(r.to_bytes(33) + s.to_bytes(33)),
        lambda: encoded((ORDER - r).to_bytes(32) + octets[32:]),
        lambda: text + "=" * chance.choice((1, 2)),
        lambda: base64.b64encode(octets).decode(),
        lambda: text[:-1] + chance.choice("BCD"),
        lambda: text + "\n",
        lambda: text[:9] + " " + text[9:],
    ))()  # fmt: skip
    return dumped(document)


def signature_high(stage: Stage, chance: random.Random) -> bytes:
    """The other of the two values of an ECDSA signature: n − s."""
    document = opened(stage, chance)
    octets = decoded(document["signatures"][0]["signature"])
    document["signatures"][0]["signature"] = encoded(
        octets[:32] + (ORDER - int.from_bytes(octets[32:])).to_bytes(32)
    )
    return dumped(document)


def stuffed_behind_the_seal(stage: Stage, chance: random.Random) -> bytes:
    """Something stands in `etsiU`, or in other members of the unprotected header."""
    document = opened(stage, chance)
    entry = {
        chance.choice(("sigTst", "arcTst", "rVals", "xVals", "ř")): chance.choice(({}, [], {"val": "AAAA"}))
    }
    stuffing = encoded(dumped(entry) + b" " * chance.choice((0, 9, 40_000)))
    document["signatures"][0]["header"] = chance.choice((
        {"etsiU": [stuffing] * chance.choice((1, 2, 99, 101))},
        {"etsiU": [entry]},
        {"etsiU": []},
        {"alg": "none"},
        {"etsiU": stuffing},
        {"x5c": [], "etsiU": [stuffing]},
        {},
        [],
    ))  # fmt: skip
    return dumped(document)


def written_otherwise(stage: Stage, chance: random.Random) -> bytes:
    """White space, escapes, order and further members: what stands between the tokens."""
    document = opened(stage, chance)
    signature = document["signatures"][0]
    return chance.choice((
        lambda: json.dumps(document, ensure_ascii=False).encode(),
        lambda: json.dumps(document, separators=(",", ":")).encode(),
        lambda: dumped(document) + chance.choice((b"\n", b" ", b"\r\n", b"\t")),
        lambda: chance.choice((b" ", b"\n")) + dumped(document),
        lambda: dumped({"signatures": document["signatures"], "payload": document["payload"]}),
        lambda: dumped({**document, "ř": chance.choice(("ď", 1, [], {"alg": "none"}))}),
        lambda: dumped({**document, "signatures": [{**signature, "kid": "ř"}]}),
        lambda: dumped({**document, "signatures": [dict(reversed(signature.items()))]}),
        lambda: dumped(document).replace(b'"payload"', b'"p\\u0061yload"', 1),
    ))()  # fmt: skip


def time_stamps_of_another(stage: Stage, chance: random.Random) -> bytes:
    """What makes a seal last taken from another file: all of it, or one entry in place of its own or beside it."""
    one = json.loads(stage.files["operator"]["json"][1])
    other = json.loads(stage.files["stranger"]["json"][1])
    own, others = (document["signatures"][0]["header"]["etsiU"] for document in (one, other))
    place = chance.randrange(len(own))
    match chance.choice(("all", "instead", "beside")):
        case "all":
            own[:] = others
        case "instead":
            own[place] = others[place]
        case _:
            own.insert(place, others[place])
    return dumped(one)


LIES: tuple[Callable[[Stage, random.Random], bytes], ...] = (
    *(flipped_bit, repeated_octets, cut_file),
    *(member_twice, two_signatures, other_serialization, parts_swapped),
    *(other_text, other_members, header_changed, header_member_twice, signature_changed),
    time_stamps_of_another,
)
FORMS: tuple[Callable[[Stage, random.Random], bytes], ...] = (
    exchanged_octets,  # a line break between two tokens
    flattened,
    signature_high,
    stuffed_behind_the_seal,
    written_otherwise,
)
