"""Faults that both exports share, and where they are gathered."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import attrs

from mikrocert.report import Finding
from mikrocert.rules.questions import is_birth_number
from mikrocert.texts.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Faults", "birth_number", "has_birth_number", "names_birth_number", "unknown_field"]

_BIRTH_NUMBER_FIELDS = {"rc", "rodc", "rodcislo", "rodnecislo", "birthnumber", "nationalid", "personalid"}
_LONGEST_NAME = 60
_MOST_FINDINGS = 100


@attrs.define
class Faults:
    """The faults of one record; the first hundred are kept and the others counted, so that no file floods its answer."""

    _findings: list[Finding] = attrs.field(factory=list[Finding], init=False)
    _paths: set[str] = attrs.field(factory=set[str], init=False)
    _lost: set[str] = attrs.field(factory=set[str], init=False)
    _left_out: int = attrs.field(default=0, init=False)

    def add(self, finding: Finding, *, loses: str | None = None) -> None:
        """Note a fault.

        Args:
            finding: the fault.
            loses: the field or group that could not be read because of it; none means the field that it names.
        """
        self._lost.add(loses or finding.path)
        if len(self._findings) < _MOST_FINDINGS:
            self._findings.append(finding)
            self._paths.add(finding.path)
        else:
            self._left_out += 1

    def unknown(self, name: str, *, names: Iterable[str], path: str) -> None:
        """Note a field that the layout does not have (see `unknown_field`)."""
        if len(self._findings) < _MOST_FINDINGS:
            self.add(unknown_field(name, names=names, path=path))
        else:
            self._left_out += 1

    def missing(self, path: str) -> None:
        """Note that a required field is missing, unless something is known to be wrong with it."""
        if path not in self._paths:
            self.add(Finding.error("missing", "this is required and missing", path=path))

    def lost(self) -> frozenset[str]:
        """Return what could not be read: fields and groups as the export calls them, with list positions."""
        return frozenset(self._lost)

    def all(self) -> tuple[Finding, ...]:
        """Return the faults in the order in which they were noted."""
        if not self._left_out:
            return tuple(self._findings)
        more = Finding.error(
            "more-faults",
            "further faults: {count}; correct the ones above first",
            count=self._left_out,
        )
        return (*self._findings, more)


def has_birth_number(value: object) -> bool:
    """Return whether a value contains digits that make a birth number (Act 133/2000 Coll., § 13)."""
    return is_birth_number(str(value))


def names_birth_number(name: str) -> bool:
    """Return whether a field or an identifier of this name is meant for birth numbers."""
    return "".join(character for character in folded(name) if character.isalnum()) in _BIRTH_NUMBER_FIELDS


def birth_number(path: str) -> Finding:
    """Refuse a birth number; the message never repeats it.

    Args:
        path: where it stands.
    """
    return Finding.error(
        "birth-number",
        "this is a birth number (rodné číslo), or a number that can't be told from one; it must not enter a micro-credential, remove it from the export",
        path=path,
    )


def unknown_field(name: str, *, names: Iterable[str], path: str) -> Finding:
    """Refuse a field that the layout does not have; it is not passed over, because its data would be lost.

    Args:
        name: its name.
        names: the names there are.
        path: where it stands.
    """
    if names_birth_number(name):
        return birth_number(path)
    if has_birth_number(name):
        return birth_number("")
    near = difflib.get_close_matches(name[:_LONGEST_NAME].casefold(), list(names), n=1)
    place = path[: 2 * _LONGEST_NAME]
    if near:
        return Finding.error(
            "unknown-field", "unknown field; probably '{near}' is meant", path=place, near=near[0]
        )
    return Finding.error(
        "unknown-field", "unknown field; known are: {known:comma}", path=place, known=list(names)
    )
