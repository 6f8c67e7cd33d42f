"""The archive: the permanent store of credentials, their status and their history.

Nothing is changed and nothing deleted. What happens to a credential is an event added to a chain, and its status
follows from there. Each event is an entry of a log that anyone may read. What is personal is encrypted under a key per
award version; destroying the key is erasure.
`mikrocert archive init` makes an archive, `upgrade` brings it up to date, `check` proves all of it; nothing else does.
"""

from mikrocert.archive.acts import Act
from mikrocert.archive.administration import Step, init_archive, planned_upgrade, upgrade_archive
from mikrocert.archive.archive import Archive, Glance, default_keys_url, open_archive
from mikrocert.archive.backup import Backup, KeyBackup, back_up, key_backups, restore
from mikrocert.archive.bagging import export_archive, import_archive
from mikrocert.archive.checking import ArchiveCheck, Counts, check_archive
from mikrocert.archive.credentials import (
    Archived,
    ArtefactInfo,
    Holdings,
    JournalEntry,
    NewArtefact,
    NewCredential,
    Pending,
    Recorded,
    Topic,
)
from mikrocert.archive.entries import Entry, read_entry
from mikrocert.archive.events import ERASURE_WORDS, ErasureReason, Event, EventKind
from mikrocert.archive.holds import Hold
from mikrocert.archive.listing import ListedState, Made, Tally
from mikrocert.archive.logged import Head, LogReader
from mikrocert.archive.moving import Moved, move_to_database, move_to_objects
from mikrocert.archive.object_store import ObjectStore, StoredObject, open_objects
from mikrocert.archive.objects import count_stored, remove_orphans
from mikrocert.archive.recording import Happened, Unit
from mikrocert.archive.sharing import (
    MOST_SHARES,
    HolderLink,
    NewShare,
    Share,
    ShareStore,
)
from mikrocert.archive.wallets import MOST_ENTRIES, WalletEntry, WalletStore

__all__ = [
    "ERASURE_WORDS",
    "MOST_ENTRIES",
    "MOST_SHARES",
    "Act",
    "Archive",
    "ArchiveCheck",
    "Archived",
    "ArtefactInfo",
    "Backup",
    "Counts",
    "Entry",
    "ErasureReason",
    "Event",
    "EventKind",
    "Glance",
    "Happened",
    "Head",
    "Hold",
    "HolderLink",
    "Holdings",
    "JournalEntry",
    "KeyBackup",
    "ListedState",
    "LogReader",
    "Made",
    "Moved",
    "NewArtefact",
    "NewCredential",
    "NewShare",
    "ObjectStore",
    "Pending",
    "Recorded",
    "Share",
    "ShareStore",
    "Step",
    "StoredObject",
    "Tally",
    "Topic",
    "Unit",
    "WalletEntry",
    "WalletStore",
    "back_up",
    "check_archive",
    "count_stored",
    "default_keys_url",
    "export_archive",
    "import_archive",
    "init_archive",
    "key_backups",
    "move_to_database",
    "move_to_objects",
    "open_archive",
    "open_objects",
    "planned_upgrade",
    "read_entry",
    "remove_orphans",
    "restore",
    "upgrade_archive",
]
