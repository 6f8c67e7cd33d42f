"""Bringing the lists in a folder up to date, over the network."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pki.errors import AdesError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.lists.folder import Latest, ListFolder
from mikrocert_seal_ades.pki.lists.model import Pointer, TrustedList
from mikrocert_seal_ades.pki.lists.rules import (
    LIST_OF_LISTS,
    list_of_lists,
    national_list,
    pointers_to_lists,
)
from mikrocert_seal_ades.pki.lists.signed import LARGEST
from mikrocert_seal_ades.pki.problems import Problem, problem

__all__ = ["ADDRESS", "Update", "fetch_lists"]

ADDRESS: Final = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"
"""Where the European Commission publishes the list of lists."""
AT_ONCE: Final = 8
"""How many lists are on their way side by side."""
TIMEOUT: Final = 60.0
"""Seconds after which a list that isn't there whole is given up."""

UpdateOutcome: TypeAlias = Literal["new", "unchanged", "failed"]


@attrs.frozen
class Update:
    """What became of one list.

    Args:
        territory: two letters of its country, `EU` for the list of lists.
        outcome: `new` (another one is kept now), `unchanged` (it is the newest one still), or `failed` (the old one stays).
        sequence: number of the list that is kept now, or none.
        problems: why it failed, and that what is kept is stale.
    """

    territory: str
    outcome: UpdateOutcome
    sequence: int | None = None
    problems: tuple[Problem, ...] = ()


def fetch_lists(
    folder: ListFolder,
    *,
    signers: Collection[bytes],
    at: datetime,
    address: str = ADDRESS,
    territories: Sequence[str] = (),
    http: Http | None = None,
    progress: Callable[[Update, int], None] = lambda _update, _total: None,
) -> tuple[Update, ...]:
    """Fetch the list of lists and the lists that it points to, verify them, and keep those that hold.

    A list that can't be had, or doesn't hold, leaves the one that is kept; the others are kept all the same. Without a list of
    lists that holds nothing is fetched.

    Args:
        folder: where lists are kept; nobody else may be writing there.
        signers: the pinned certificates that lead to the list of lists, DER.
        at: the moment, aware.
        address: where the list of lists is.
        territories: whose lists are wanted; all that the list of lists points to without any.
        http: by which addresses are asked.
        progress: called with each update when it is there, and with how many there will be.

    Returns:
        One update for each list, the list of lists first.

    Raises:
        ListError: if the folder can't be used.
    """
    web = http or Http(timeout=TIMEOUT, limit=LARGEST)
    with folder.locked():
        latest = folder.latest()
        try:
            first, pointers = _list_of_lists(
                folder, web, signers=signers, at=at, address=address, latest=latest
            )
        except AdesError as error:
            kept = latest.get(LIST_OF_LISTS)
            failed = Update(LIST_OF_LISTS, "failed", kept.sequence if kept else None, error.problems)
            progress(failed, 1)
            return (failed,)
        wanted = territories or tuple(pointers)
        updates = [first]
        progress(first, len(wanted) + 1)
        try:
            for update in _national(folder, web, wanted, pointers=pointers, at=at, latest=latest):
                updates.append(update)
                progress(update, len(wanted) + 1)
        finally:
            folder.note(latest)
    return tuple(updates)


def _list_of_lists(
    folder: ListFolder,
    http: Http,
    *,
    signers: Collection[bytes],
    at: datetime,
    address: str,
    latest: dict[str, Latest],
) -> tuple[Update, Mapping[str, Pointer]]:
    octets = http.get(address)
    last = latest.get(LIST_OF_LISTS)

    found, pivots = list_of_lists(
        octets, signers=tuple(signers), at=at, pivot=http.get, newer_than=last.sequence if last else 0
    )
    pointers = pointers_to_lists(found)
    for each in pivots:
        folder.keep_pivot(each.address, each.octets)
    return _keep(folder, found, octets=octets, at=at, latest=latest), pointers


def _national(
    folder: ListFolder,
    http: Http,
    wanted: Sequence[str],
    *,
    pointers: Mapping[str, Pointer],
    at: datetime,
    latest: dict[str, Latest],
) -> Iterator[Update]:
    for territory in wanted:
        if territory not in pointers:
            unknown = problem(
                "list-no-pointer", where=territory, territory=territory, known=", ".join(sorted(pointers))
            )
            yield Update(territory, "failed", None, (unknown,))
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        futures: dict[Future[bytes], Pointer] = {
            pool.submit(http.get, pointers[territory].location): pointers[territory]
            for territory in dict.fromkeys(wanted)
            if territory in pointers
        }
        try:
            for future in as_completed(futures):
                pointer = futures.pop(future)  # so that of what came no more is in memory than has to be
                last = latest.get(pointer.territory)
                try:
                    octets = future.result()
                    found = national_list(
                        octets, pointer=pointer, at=at, newer_than=last.sequence if last else 0
                    )
                    yield _keep(folder, found, octets=octets, at=at, latest=latest)
                except AdesError as error:
                    yield Update(pointer.territory, "failed", last.sequence if last else None, error.problems)
        finally:
            for future in futures:
                future.cancel()


def _keep(
    folder: ListFolder, found: TrustedList, *, octets: bytes, at: datetime, latest: dict[str, Latest]
) -> Update:
    territory = found.territory
    unchanged = folder.read(territory) == octets
    if not unchanged:
        folder.keep(territory, octets)
    latest[territory] = Latest(found.sequence, at)
    problems: tuple[Problem, ...] = ()
    if found.next_update is not None and found.is_stale(at):
        problems = (problem("list-stale", where=territory, territory=territory, time=found.next_update),)
    return Update(territory, "unchanged" if unchanged else "new", found.sequence, problems)
