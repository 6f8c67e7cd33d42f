"""The lists that are kept in a folder, verified anew, without a network."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

import attrs

from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.lists.folder import Latest, ListFolder
from mikrocert_seal_ades.pki.lists.model import Pointer, TrustedList
from mikrocert_seal_ades.pki.lists.rules import (
    LIST_OF_LISTS,
    list_of_lists,
    national_list,
    pointers_to_lists,
)
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.services import ListState, ServiceDirectory

__all__ = ["KeptList", "Snapshot", "load"]


@attrs.frozen
class KeptList:
    """A list in the folder, or why there is none that can be used.

    Args:
        territory: two letters of its country, `EU` for the list of lists.
        content: what it says, or none.
        fetched: when it was fetched, or found to be the newest one, aware; none where that isn't known.
        problems: why there is none, and that it is stale.
    """

    territory: str
    content: TrustedList | None
    fetched: datetime | None = None
    problems: tuple[Problem, ...] = ()

    def state(self, at: datetime) -> ListState:
        """Return what is known of the list at a moment, aware."""
        if self.content is None:
            return "missing"
        return "stale" if self.content.is_stale(at) else "current"


@attrs.frozen
class Snapshot:
    """All lists in a folder, as they were at a moment.

    Args:
        at: the moment, aware.
        list_of_lists: the list of lists.
        lists: one for each territory that the list of lists knows and that was asked for.
        territories: all territories that the list of lists knows.
    """

    at: datetime
    list_of_lists: KeptList
    lists: tuple[KeptList, ...]
    territories: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, the list of lists first."""
        return tuple(one for kept in (self.list_of_lists, *self.lists) for one in kept.problems)

    def directory(self) -> ServiceDirectory:
        """Return the services of all lists, and of which lists nobody can tell what they say.

        Where the list of lists is stale all others are: who may sign them may have changed since.
        """
        stale = self.list_of_lists.state(self.at) == "stale"
        states: dict[str, ListState] = dict.fromkeys(self.territories, "missing")
        for kept in self.lists:
            state = kept.state(self.at)
            states[kept.territory] = "stale" if stale and state == "current" else state
        usable = [kept.content for kept in self.lists if kept.content]
        return ServiceDirectory(
            tuple(service for content in usable for service in content.services),
            states,
            self.problems,
            frozenset(content.territory for content in usable if content.unreadable),
            {kept.territory: kept.fetched for kept in self.lists if kept.fetched},
        )


def load(
    folder: ListFolder,
    *,
    signers: Collection[bytes],
    at: datetime,
    choose: Callable[[Collection[str]], Iterable[str]] = tuple,
) -> Snapshot:
    """Return the lists in a folder, each verified anew; one that was changed, or put in its place, is refused by name.

    Args:
        folder: where they are.
        signers: the pinned certificates that lead to the list of lists, DER.
        at: the moment, aware.
        choose: returns which are wanted of the territories that the list of lists knows; all without it.
    """
    try:
        latest = folder.latest()
        first, pointers = _list_of_lists(folder, signers=signers, at=at, latest=latest.get(LIST_OF_LISTS))
    except ListError as error:
        return Snapshot(at, KeptList(LIST_OF_LISTS, None, problems=error.problems), ())
    wanted = [territory for territory in choose(tuple(pointers)) if territory in pointers]
    lists = tuple(
        _national(folder, pointer=pointers[territory], at=at, latest=latest.get(territory))
        for territory in dict.fromkeys(wanted)
    )
    return Snapshot(at, first, lists, tuple(pointers))


def _list_of_lists(
    folder: ListFolder, *, signers: Collection[bytes], at: datetime, latest: Latest | None
) -> tuple[KeptList, Mapping[str, Pointer]]:
    octets = folder.read(LIST_OF_LISTS)
    if octets is None:
        raise ListError(problem("list-none", where=LIST_OF_LISTS, path=folder.path))
    found, _ = list_of_lists(
        octets,
        signers=tuple(signers),
        at=at,
        pivot=folder.read_pivot,
        newer_than=latest.sequence if latest else 0,
    )
    return _kept(found, latest=latest, at=at), pointers_to_lists(found)


def _national(folder: ListFolder, *, pointer: Pointer, at: datetime, latest: Latest | None) -> KeptList:
    try:
        octets = folder.read(pointer.territory)
        if octets is None:
            missing = problem("list-missing", where=pointer.territory, territory=pointer.territory)
            return KeptList(pointer.territory, None, problems=(missing,))
        found = national_list(octets, pointer=pointer, at=at, newer_than=latest.sequence if latest else 0)
    except ListError as error:
        return KeptList(pointer.territory, None, latest.at if latest else None, error.problems)
    return _kept(found, latest=latest, at=at)


def _kept(found: TrustedList, *, latest: Latest | None, at: datetime) -> KeptList:
    problems: tuple[Problem, ...] = ()
    if found.next_update is not None and found.is_stale(at):
        where = found.territory
        problems = (problem("list-stale", where=where, territory=where, time=found.next_update),)
    # The file may be newer than the note, where writing that was interrupted.
    fetched = latest.at if latest and latest.sequence == found.sequence else None
    return KeptList(found.territory, found, fetched, problems)
