"""The lists in a folder, read once for many files, and only those of the countries that a file has to do with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import attrs

from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.lists.folder import ListFolder
from mikrocert_seal_ades.pki.lists.snapshot import Snapshot, load
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem
from mikrocert_seal_ades.pki.qualification import territories_of
from mikrocert_seal_ades.pki.services import NOTHING_LISTED, ServiceDirectory, TrustService
from mikrocert_seal_ades.pki.validation import Validation

__all__ = ["ListsOfFile", "RememberedLists", "list_problems"]

_MOST_NAMED: Final = 3
"""How many lists that aren't at hand are named; where it are more nobody knows which one would be needed."""
_NOBODY: Final = frozenset(("issuer-not-trusted", "timestamp-not-trusted", "certificate-not-vouched-for"))
"""What is said where nobody trusted was found."""
_Marks: TypeAlias = tuple[tuple[str, int, int], ...]


@attrs.frozen
class _Remembered:
    """What was read of one folder, at one moment; `marks` are those of its files."""

    folder: ListFolder
    signers: tuple[bytes, ...]
    marks: _Marks
    snapshot: Snapshot
    directory: ServiceDirectory

    def holds(self, folder: ListFolder, *, signers: tuple[bytes, ...], marks: _Marks) -> bool:
        return (self.folder, self.signers, self.marks) == (folder, signers, marks)


@attrs.define
class RememberedLists:
    """Reads the lists in a folder again when a file in it was changed, or what was read has got old.

    Args:
        keep: how long what was read is used for further files.
    """

    keep: timedelta = timedelta(minutes=10)
    _last: _Remembered | None = attrs.field(init=False, default=None)

    def directory(
        self, folder: ListFolder, *, signers: tuple[bytes, ...], about: Iterable[bytes], at: datetime
    ) -> ServiceDirectory:
        """Return the services that may have to do with certificates: those in the lists of the countries that they name.

        No other list is read, because a file of a stranger must not make us read all; what was read for other files is there too.

        Args:
            folder: where lists are kept.
            signers: the pinned certificates that lead to the list of lists, DER.
            about: the certificates, DER.
            at: the moment, aware.
        """
        wanted, marks = territories_of(about), folder.marks()
        last = self._last
        if last is not None and not (
            last.holds(folder, signers=signers, marks=marks) and abs(at - last.snapshot.at) < self.keep
        ):
            last = None
        there = {kept.territory for kept in last.snapshot.lists} if last else set[str]()
        if last is None or (wanted - there) & set(last.snapshot.territories):
            moment = last.snapshot.at if last else at
            read = load(folder, signers=signers, at=moment, choose=lambda _: sorted(wanted - there))
            if last:
                read = attrs.evolve(read, lists=(*last.snapshot.lists, *read.lists))
            last = self._last = _Remembered(folder, signers, marks, read, read.directory())
        return last.directory


@attrs.define
class ListsOfFile:
    """The lists that have to do with one file.

    Args:
        lists: what reads them.
        folder: where they are kept.
        signers: the pinned certificates that lead to the list of lists, DER.
        at: the time of validation, aware.
        directory: what was read; nothing before `services` was called.
    """

    lists: RememberedLists
    folder: ListFolder
    signers: tuple[bytes, ...]
    at: datetime
    directory: ServiceDirectory = NOTHING_LISTED

    def services(self, certificates: Iterable[bytes]) -> tuple[TrustService, ...]:
        """Return the services that may have issued the certificates of the file, DER, or have one of them.

        A list that is past its next update makes nobody trusted, so that another anchor is found where there is one.
        """
        about = tuple(certificates)
        self.directory = self.lists.directory(self.folder, signers=self.signers, about=about, at=self.at)
        found = self.directory.services_about(about)
        return tuple(
            attrs.evolve(one, certificates=tuple(filter(_readable, one.certificates)))
            for one in found
            if self.directory.lists.get(one.territory) == "current"
        )


def _readable(certificate: bytes) -> bool:
    """Return whether a listed certificate is one that a path can be built with; one that isn't is nobody's anchor."""
    try:
        x509.parse(certificate)
    except CertificateError:
        return False
    return True


def list_problems(validation: Validation, *, services: ServiceDirectory) -> tuple[Problem, ...]:
    """Return what is wrong with the lists at hand, where somebody isn't trusted whom they might have named.

    None of it is the fault of a seal, so none is an error.

    Args:
        validation: what was found out, with anchors from lists.
        services: the services of the lists that were used.
    """
    if not any(one.code in _NOBODY for one in validation.trust):
        return ()
    missing = [one for one in services.problems if one.code == "list-missing"]
    found = missing if len(missing) <= _MOST_NAMED else []
    found += [
        problem("list-refused", territory=one.where, reason=phrase(one.text, **one.parameters))
        if one.severity == "error"
        else one
        for one in services.problems
        if one.code != "list-missing"
    ]
    return tuple(attrs.evolve(one, where="") for one in found)
