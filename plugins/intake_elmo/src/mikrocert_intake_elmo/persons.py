"""Who learnt and who says so: read once of a file, and of a report, for all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs
from mikrocert.api import Finding, is_birth_number

from mikrocert_intake_elmo.reading import day_of, shown, text_of

if TYPE_CHECKING:
    from mikrocert.api import Organisation

    from mikrocert_intake_elmo.tree import Element

__all__ = ["Learner", "issuer_faults", "read_learner"]

_MOST: Final = 10
"""Each record has them, and none needs more of them."""
_NATIONAL: Final = "nationalIdentifier"
_MEMBERS: Final = {
    "given_name": "givenNames",
    "family_name": "familyName",
    "birth_date": "bday",
    "birth_place": "placeOfBirth",
}
"""Member of the learner → element. What else ELMO says of a learner never enters an award."""


@attrs.frozen
class Learner:
    """The learner of a file.

    Args:
        members: of the learner in the canonical form.
        names: member of the award → where it stands.
        faults: what is wrong.
    """

    members: dict[str, Any]
    names: dict[str, str]
    faults: list[Finding]


def read_learner(root: Element) -> Learner:
    """Return the learner of a file."""
    learner = root.first("learner")
    path = f"{root.path}/learner"
    texts = {name: text_of(root.first("learner", element)) for name, element in _MEMBERS.items()}
    return Learner(
        {
            name: day_of(text) if name == "birth_date" else text
            for name, text in texts.items()
            if text is not None
        },
        {
            "learner": path,
            "learner.full_name": f"{path}/givenNames, {path}/familyName",
            **{f"learner.{name}": f"{path}/{element}" for name, element in _MEMBERS.items()},
        },
        [
            Finding.error(
                "birth-number",
                "this is a national identifier, such as a birth number (rodné číslo); it must not enter a micro-credential, remove it from the export",
                path=identifier.path,
            )
            for identifier in (() if learner is None else learner.all("identifier"))
            if identifier.attributes.get("type") == _NATIONAL or is_birth_number(identifier.text)
        ][:_MOST],
    )


def issuer_faults(report: Element, organisation: Organisation) -> list[Finding]:
    """Return why a report is none of the institution that sends it: the file doesn't decide who awards.

    Identifiers of schemes that both sides have are compared; where there are none, the address of the home page, or the name.

    Args:
        report: the report.
        organisation: the institution that sends it.
    """
    issuer = report.first("issuer")
    path = f"{report.path}/issuer"
    own = {one.scheme.casefold(): _plain(one.value) for one in organisation.identifiers}
    found = () if issuer is None else issuer.all("identifier")
    compared = [one for one in found if one.attributes.get("type", "").casefold() in own]
    others = [one for one in compared if _plain(one.text) != own[one.attributes["type"].casefold()]]
    if others:
        return [
            Finding.error(
                "other-issuer",
                "this report is of another institution: '{shown}' is not the identifier of the one that sends it",
                path=one.path,
                shown=shown(one.text),
            )
            for one in others[:_MOST]
        ]
    if compared or (issuer is not None and _is_called(issuer, organisation)):
        return []
    return [
        Finding.error(
            "unknown-issuer",
            "nothing here says that this report is of the institution that sends it; its identifier, home page or name would be right",
            path=path,
        )
    ]


def _is_called(issuer: Element, organisation: Organisation) -> bool:
    host, own = (_host(address) for address in (text_of(issuer.first("url")), organisation.homepage))
    names = {_plain(name) for name in organisation.legal_name.texts.values()}
    return (own is not None and host == own) or any(_plain(one.text) in names for one in issuer.all("title"))


def _host(address: str | None) -> str | None:
    try:
        return None if address is None else urlsplit(address).hostname
    except ValueError:
        return None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
