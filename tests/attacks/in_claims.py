"""What somebody with a seal of his own can say: that he is the operator, or anything at all."""
# pyright: basic

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .in_json import disguised, leaves
from .stage import IDENTIFIERS, LINKS, OPERATOR, dumped, payload_of, pdf_around

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .stage import Stage

NAME = f"TEST {OPERATOR['organisation']}"


def sealed(stage: Stage, chance: random.Random, payload: dict[str, Any], *, by: str = "stranger") -> bytes:
    """Return a credential under a seal, as a data file or inside a certificate."""
    file = stage.sealed(dumped(payload), by=by)
    if chance.random() < 0.7:
        return file
    return stage.sealed(pdf_around(("ř.jsonld", file), page=["vyborne"]), by=by)


def strangers(stage: Stage, chance: random.Random) -> dict[str, Any]:
    """Return an honest credential of the stranger's."""
    return payload_of(chance.choice(stage.files["stranger"]["json"]))


def operators(stage: Stage, chance: random.Random) -> dict[str, Any]:
    """Return a genuine credential of the operator's."""
    return payload_of(chance.choice(stage.files["operator"]["json"]))


def issued_by_the_operator(stage: Stage, chance: random.Random) -> bytes:
    """The operator's credential, unchanged or not, under another seal."""
    payload = operators(stage, chance)
    for _ in range(chance.choice((0, 0, 1))):
        holder, key = chance.choice([leaf for leaf in leaves(payload) if isinstance(leaf[0][leaf[1]], str)])
        holder[key] = disguised(holder[key], chance)
    return sealed(stage, chance, payload, by=chance.choice(("stranger", "nobody")))


def name_of_the_operator(stage: Stage, chance: random.Random) -> bytes:
    """The operator's name, or one that looks like it, beside or instead of the stranger's in any language."""
    payload = strangers(stage, chance)
    name = chance.choice((NAME, disguised(NAME, chance)))
    language = chance.choice(("cs", "en", "sk", "de"))
    own = payload["issuer"]["legalName"]
    payload["issuer"]["legalName"] = chance.choice((
        {**own, language: name},
        {language: name},
        {**own, "cs": [own["cs"], name]},
    ))  # fmt: skip
    return sealed(stage, chance, payload)


def identifier_of_the_operator(stage: Stage, chance: random.Random) -> bytes:
    """The operator's identifier or number, written in this way or that, beside or instead of the stranger's."""
    payload = strangers(stage, chance)
    own = OPERATOR["organization_identifier"]
    forms = (
        own,
        own.lower(),
        own.replace("-", "\u2011"),
        disguised(own, chance),
        "IČO 00000000",
        "CZ00000000",
    )
    member = chance.choice(("eIDASIdentifier", "registration", "vatIdentifier", "taxIdentifier"))
    number = {
        "id": "urn:epass:legalIdentifier:99",
        "type": "LegalIdentifier",
        "notation": chance.choice(forms),
    }
    number["spatial"] = copy.deepcopy(payload["issuer"]["eIDASIdentifier"]["spatial"])
    if member == "eIDASIdentifier":
        payload["issuer"][member]["notation"] = chance.choice(forms[:4])
    else:
        payload["issuer"][member] = [number] if member != "registration" else number
    return sealed(stage, chance, payload)


def link_of_the_operator(stage: Stage, chance: random.Random) -> bytes:
    """A verification link of the operator's, written in this way or that, in the stranger's credential."""
    payload = strangers(stage, chance)
    number = chance.choice(IDENTIFIERS["operator"])
    host = "mikrocertifikat.example"
    link = chance.choice((
        f"https://{host}/verify/{number}",
        f"HTTPS://{host.upper()}/verify/{number}",
        f"https://{host}:443/verify/{number}",
        f"https://{host}./verify/{number}",
        f"https://u:p@{host}/verify/{number}",
        f"https://{host}//verify/./{number}",
        f"https://{host}/x/../verify/{number}",
        f"https://{host}/%76erify/{number}",
        f"https://%6dikrocertifikat.example/verify/{number}",
        f"http://{host}/verify/{number}",
        f"//{host}/verify/{number}",
        f"https://{host}\\verify\\{number}",
        f"https://{host.replace('e', 'е')}/verify/{number}",
        f"https://ⓜikrocertifikat。example/verify/{number}",
        f" https://{host}/verify/{number}",
        f"https://{host}/verify/{number}?ř#ď",
    ))  # fmt: skip
    text = dumped(payload).decode()
    for own in IDENTIFIERS["stranger"]:
        text = text.replace(f'"{LINKS["stranger"]}{own}"', dumped(link).decode())
    return stage.sealed(text.encode(), by="stranger")


def anything(stage: Stage, chance: random.Random) -> bytes:
    """The stranger's own credential with texts, numbers, members and structure changed at random, sealed as it should be."""
    payload = strangers(stage, chance)
    for _ in range(chance.choice((1, 2, 5))):
        holder, key = chance.choice(leaves(payload))
        value = holder[key]
        odd = (
            *(None, True, -1, 10**30, 1.5, "", "ř" * 9000, "\u202eř\u0000", "urn:ř", "2026-02-30T99:00:00Z", "PT99999999H"),
            *([], {}, [value] * 40, [[value]], {"id": "urn:x", "type": "Person"}, {"@id": "urn:x"}, {"cs": value, "xx": [value]}),
            *({"id": payload["id"]}, payload["issuer"], [payload["issuer"]] * 20),
        )  # fmt: skip
        match chance.choice(("value", "value", "more", "fewer", "type")):
            case "value":
                holder[key] = copy.deepcopy(chance.choice(odd))
            case "more" if isinstance(holder, dict):
                name = chance.choice(
                    (
                        "@context",
                        "@id",
                        "@type",
                        "@reverse",
                        "@graph",
                        "@included",
                        "id",
                        "type",
                        "title",
                        "ř",
                    )
                )
                holder[name] = copy.deepcopy(chance.choice(odd))
            case "type" if isinstance(holder, dict):
                holder["type"] = chance.choice(
                    ("Person", "Organisation", "LearningAchievement", ["Person", "Agent"], "ř")
                )
            case _:
                del holder[key]
    return sealed(stage, chance, payload)


def other_text_around_it(stage: Stage, chance: random.Random) -> bytes:
    """The stranger's genuine file, and pages that say somebody else's name, title or school, all under his seal."""
    file = ("ř.jsonld", chance.choice(stage.files["stranger"]["json"]))
    lines = ["Kateřina Hůrková-Ďurišová", "Analýza dat v jazyce Python", "Univerzita Řípská"]
    lines[chance.randrange(3)] = chance.choice(("Rudolf Ďuriš", "", "vyborne"))
    return stage.sealed(pdf_around(file, page=lines), by="stranger")


LIES: tuple[Callable[[Stage, random.Random], bytes], ...] = (issued_by_the_operator,)
CLAIMS: tuple[Callable[[Stage, random.Random], bytes], ...] = (
    name_of_the_operator,
    identifier_of_the_operator,
    link_of_the_operator,
)
FREE: tuple[Callable[[Stage, random.Random], bytes], ...] = (anything,)
TEXTS: tuple[Callable[[Stage, random.Random], bytes], ...] = (other_text_around_it,)
