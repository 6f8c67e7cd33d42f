"""The archive: the permanent store of credentials, their status and their history.

Nothing is changed and nothing deleted. What happens to a credential is an event added to a chain, and its status
follows from there. What is personal is encrypted under a key per award version; destroying the key is erasure.
`mikrocert archive init` makes an archive, `upgrade` brings it up to date, `check` proves all of it; nothing else does.
"""

from mikrocert.archive.administration import init_archive, upgrade_archive
from mikrocert.archive.archive import Archive, default_keys_url, open_archive
from mikrocert.archive.checking import ArchiveCheck, Counts, check_archive
from mikrocert.archive.credentials import (
    Archived,
    ArtefactInfo,
    JournalEntry,
    NewArtefact,
    NewCredential,
    Pending,
    Recorded,
)
from mikrocert.archive.events import Event, EventKind
from mikrocert.archive.recording import Unit

__all__ = [
    "Archive",
    "ArchiveCheck",
    "Archived",
    "ArtefactInfo",
    "Counts",
    "Event",
    "EventKind",
    "JournalEntry",
    "NewArtefact",
    "NewCredential",
    "Pending",
    "Recorded",
    "Unit",
    "check_archive",
    "default_keys_url",
    "init_archive",
    "open_archive",
    "upgrade_archive",
]
