"""Offline bundles: a file with all that judging it without a network and without an archive takes.

A bundle is a ZIP archive with a file, the proof that the file is in a log (with the log's signed head), the status that the archive knew, signed by the
log's key, and for whoever looks at them the anchors and trusted lists of who made it. Nothing in it is believed because it is there:

- The file is judged by its own seals, under the anchors of whoever verifies. Anchors of the bundle are told, and never trusted by themselves.
- Trusted lists are used only where settings say whose signatures they need, and where there are none at hand.
- The status counts only where it is signed by a known key of the very log that is proven to have this very file. It is said with its moment, since
  whatever happened later can't be known. An older one, swapped in, says its own older moment.

The signed status is a note (C2SP signed-note) of nine lines, the first of which no head of a log has:

    mikrocert offline status 1
    origin of the log
    identifier
    SHA-256 of the file, hexadecimal
    moment at which the archive was asked (ISO 8601, UTC)
    live, revoked or replaced
    moment since when (ISO 8601, UTC)
    identifier of the successor, or -
    reason, as a JSON string in ASCII, or null
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import ArchiveError, LogError, MikrocertError, PackedFileError, SettingsError
from mikrocert.log.checkpoints import checkpoint_of, read_proof
from mikrocert.log.notes import Note, read_note
from mikrocert.parsing.packed import UnpackingLimits, shown_name, unpack
from mikrocert.report import CheckResult, CredentialStatus, Finding, Outcome, StatusValue
from mikrocert.service.anchors import Anchor, read_anchors
from mikrocert.service.heads import log_key, log_trust
from mikrocert.service.logged import LogEvidence, proof_result
from mikrocert.settings.files import read_named_file
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from mikrocert.archive import Archived
    from mikrocert.log.trust import LogTrust
    from mikrocert.service.system import System
    from mikrocert.settings import Settings

__all__ = [
    "LARGEST_BUNDLE",
    "Bundle",
    "BundleMade",
    "OfflineStatus",
    "StatusSnapshot",
    "lists_at_hand",
    "make_bundle",
    "read_bundle",
    "read_snapshot",
]

LARGEST_BUNDLE: Final = 64 * 1024 * 1024
_TYPE: Final = "mikrocert offline status 1"
_LINES: Final = 9
_LIMITS: Final = UnpackingLimits(entries=80, octets=16 * 1024 * 1024, total=128 * 1024 * 1024, ratio=200)
_FILE, _LISTS = "file/", "lists/"
_PROOF, _STATUS, _ANCHORS, _README = "proof.tlog-proof", "status.note", "anchors.pem", "README.txt"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME_OF_LIST: Final = re.compile(rf"({_NAME.pattern}/)?{_NAME.pattern}")
"""Lists lie in a folder that may have folders: what leads to the signers of the list of lists lies in one."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_OLD: Final = timedelta(days=30)


@attrs.frozen
class Bundle:
    """What is in a bundle; nothing of it is judged.

    Args:
        name: name of the file.
        file: its octets.
        proof: the proof that it is in a log, or none.
        status: a signed status, or none.
        anchors: PEM of anchors of who made the bundle, or none.
        lists: file name, below one folder or none → trusted list, or what belongs to them.
    """

    name: str
    file: bytes = attrs.field(repr=False)
    proof: bytes | None = attrs.field(default=None, repr=False)
    status: bytes | None = attrs.field(default=None, repr=False)
    anchors: bytes | None = attrs.field(default=None, repr=False)
    lists: Mapping[str, bytes] = attrs.field(factory=dict[str, bytes], repr=False, hash=False)

    def told_anchors(self) -> tuple[Anchor, ...]:
        """Return the anchors in the bundle, to be told and not to be trusted; none where they can't be read."""
        if self.anchors is None:
            return ()
        with TemporaryDirectory() as folder:
            path = Path(folder, _ANCHORS)
            _put(path, self.anchors)
            try:
                return read_anchors(path, member=_ANCHORS)
            except MikrocertError:
                return ()


@attrs.frozen
class BundleMade:
    """A bundle, and what it lacks.

    Args:
        octets: the ZIP archive.
        as_of: the moment of its status (aware); none where it has no signed one.
        findings: what it lacks, and why.
    """

    octets: bytes = attrs.field(repr=False)
    as_of: datetime | None
    findings: tuple[Finding, ...] = ()


@attrs.frozen
class StatusSnapshot:
    """What an archive knew of a credential at a moment.

    Args:
        origin: of the log of that archive.
        identifier: of the credential.
        file: SHA-256 of the file that it is about, hexadecimal.
        as_of: the moment (aware).
        status: what the archive knew.
    """

    origin: str
    identifier: str
    file: str
    as_of: datetime
    status: CredentialStatus

    @property
    def text(self) -> str:
        """The text that the log's key signs."""
        lines = (
            _TYPE,
            self.origin,
            self.identifier,
            self.file,
            _moment(self.as_of),
            self.status.value.value,
            _moment(self.status.since),
            self.status.successor or "-",
            json.dumps(self.status.reason),
        )
        return "".join(f"{line}\n" for line in lines)


def read_snapshot(note: Note) -> StatusSnapshot:
    """Return the status in a note; whose signatures it has is another question.

    Raises:
        LogError: if it is none.
    """
    lines = note.text.split("\n")
    fault = LogError(message("the status is not one that mikrocert writes"))
    if len(lines) != _LINES + 1 or lines[0] != _TYPE:
        raise fault
    _, origin, identifier, file, as_of, state, since, successor, reason, _ = lines
    try:
        why: object = json.loads(reason)
        snapshot = StatusSnapshot(
            origin,
            identifier,
            file,
            datetime.fromisoformat(as_of),
            CredentialStatus(
                StatusValue(state),
                datetime.fromisoformat(since),
                why if isinstance(why, str) else None,
                None if successor == "-" else successor,
            ),
        )
        whole = snapshot.text == note.text
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise fault from error
    named = (identifier, *([] if successor == "-" else [successor]))
    if not whole or not all(map(is_identifier, named)) or not _DIGEST.fullmatch(file):
        raise fault
    return snapshot


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


@attrs.frozen
class OfflineStatus:
    """Judges the status of a bundle, without an archive.

    Args:
        trust: which logs are known; none where settings say nothing of a log.
        proof: the proof of the bundle, or none.
        status: the status of the bundle, or none.
    """

    trust: LogTrust | None
    proof: bytes | None = attrs.field(default=None, repr=False)
    status: bytes | None = attrs.field(default=None, repr=False)

    def judge(
        self, data: bytes, *, identifier: str | None, at: datetime
    ) -> tuple[CheckResult, CredentialStatus | None]:
        """Return the result of `status` and, where it counts, what the archive knew.

        Args:
            data: the file.
            identifier: the one in its credential, or none.
            at: the time of verification (aware).
        """
        try:
            return self._judged(data, identifier=identifier, at=at)
        except LogError as error:
            fault = Finding.warning(
                "status-damaged", "The status in the bundle says nothing: {fault}.", fault=error.message
            )
            return _open(fault), None

    def _judged(
        self, data: bytes, *, identifier: str | None, at: datetime
    ) -> tuple[CheckResult, CredentialStatus | None]:
        if self.status is None:
            return _open(_NO_STATUS), None
        note = read_note(self.status)
        snapshot = read_snapshot(note)
        keys = () if self.trust is None else self.trust.keys
        if not note.signed_by(key for key in keys if key.name == snapshot.origin):
            return _open(_UNSIGNED), None
        if (snapshot.identifier, snapshot.file) != (identifier, sha256(data).hexdigest()):
            return _open(_OF_ANOTHER), None
        if snapshot.as_of > at + _CLOCKS_DIFFER:
            return _open(_LATER), None
        proven = proof_result(data, evidence=LogEvidence(self.trust, self.proof))
        if proven is None or proven.outcome is not Outcome.PASSED or self._origin() != snapshot.origin:
            return _open(_NOT_OF_LOG), None
        return _result_of(snapshot, at=at)

    def _origin(self) -> str | None:
        return None if self.proof is None else checkpoint_of(read_proof(self.proof).head).origin


def _open(finding: Finding) -> CheckResult:
    return CheckResult("status", Outcome.UNDETERMINED, (finding,))


def _result_of(snapshot: StatusSnapshot, *, at: datetime) -> tuple[CheckResult, CredentialStatus]:
    status = attrs.evolve(snapshot.status, as_of=snapshot.as_of)
    as_of = Finding.info(
        "as-of",
        "Status as of {moment}: what happened since can't be known offline.",
        moment=snapshot.as_of,
    )
    day = local_time(status.since).date()
    if status.value is StatusValue.REVOKED:
        found = Finding.error(
            "revoked", "Revoked on {day}. Reason: {reason}", day=day, reason=status.reason or "–"
        )
        return CheckResult("status", Outcome.FAILED, (found, as_of)), status
    if status.value is StatusValue.REPLACED:
        found = Finding.error(
            "replaced",
            "Replaced by a new micro-credential on {day}. Reason: {reason}",
            day=day,
            reason=status.reason or "–",
        )
        return CheckResult("status", Outcome.FAILED, (found, as_of)), status
    live = Finding.info(
        "live-as-of",
        "As of {moment} it was neither revoked nor replaced; what happened since can't be known offline.",
        moment=snapshot.as_of,
    )
    old = (_OLD_STATUS,) if at - snapshot.as_of > _OLD else ()
    return CheckResult("status", Outcome.PASSED, (live, *old)), status


def make_bundle(system: System, data: bytes, *, name: str, identifier: str | None, readme: str) -> BundleMade:
    """Return a bundle of a file.

    Args:
        system: under whose settings it is made; its archive says the status, the key of its log signs it.
        data: the file.
        name: name of the file.
        identifier: of the credential in it, or none.
        readme: what the bundle says of itself to people.

    Raises:
        SettingsError: if settings are wrong.
        PackedFileError: if name or size are not those of a file for a bundle.
    """
    if not _NAME.fullmatch(name):
        raise PackedFileError(
            message(
                "{name} is no name for a file of a bundle; letters, digits, dots and hyphens would be right",
                name=name,
            )
        )
    settings, findings = system.settings, list[Finding]()
    proof = None if identifier is None else _proof(system, data, identifier)
    if proof is None:
        findings.append(_WITHOUT_PROOF)
    status: bytes | None = None
    as_of: datetime | None = None
    try:
        signed = None if identifier is None else _signed_status(system, data, identifier)
    except (ArchiveError, SettingsError) as error:
        findings.append(Finding("no-status", _WITHOUT_STATUS.severity, error.message))
    else:
        if signed is None:
            findings.append(_WITHOUT_STATUS)
        else:
            status, as_of = signed
    anchors = b"".join(
        read_named_file(settings.path(one), member="trust.anchors") for one in settings.trust.anchors
    )
    parts: dict[str, bytes] = {_README: readme.encode(), f"{_FILE}{name}": data}
    further = {_PROOF: proof, _STATUS: status, _ANCHORS: anchors or None}
    parts |= {part: octets for part, octets in further.items() if octets is not None}
    parts |= {f"{_LISTS}{one}": octets for one, octets in _lists(settings).items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, octets in parts.items():
            packed.writestr(zipfile.ZipInfo(part), octets, zipfile.ZIP_DEFLATED)
    octets = out.getvalue()
    read_bundle(octets)  # what can't be read again is not given
    return BundleMade(octets, as_of, tuple(findings))


def _proof(system: System, data: bytes, identifier: str) -> bytes | None:
    """Return the proof that this very file is in the log, or none."""
    trust = log_trust(system.settings)
    try:
        for octets in system.proofs(identifier).values():
            found = proof_result(data, evidence=LogEvidence(trust, octets))
            if found is not None and found.outcome is not Outcome.FAILED:
                return octets
    except ArchiveError:
        return None
    return None


def _signed_status(system: System, data: bytes, identifier: str) -> tuple[bytes, datetime] | None:
    """Return what the archive knows of this very file, signed by the key of the log, and the moment; none where it doesn't have it."""
    log, trust = system.log_settings()
    key = log_key(log, trust=trust)
    at = system.now().replace(microsecond=0)
    archived: Archived = system.archived(identifier)
    if archived.erased_at is not None or archived.artefact_of(data) is None:
        return None
    snapshot = StatusSnapshot(key.name, identifier, sha256(data).hexdigest(), at, archived.status)
    return str(key.sign(Note(snapshot.text))).encode(), at


def _lists(settings: Settings) -> dict[str, bytes]:
    """Return the trusted lists that the settings use, and what belongs to them, by the names of their files."""
    lists = settings.trust.lists
    folder = None if lists is None else settings.path(lists.folder)
    if folder is None or not folder.is_dir():
        return {}
    below = [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()]
    files = {
        one.relative_to(folder).as_posix(): one
        for place in (folder, *below)
        for one in place.iterdir()
        if one.is_file() and not one.is_symlink()
    }
    return {name: files[name].read_bytes() for name in sorted(files) if _NAME_OF_LIST.fullmatch(name)}


def read_bundle(data: bytes) -> Bundle:
    """Return what is in a bundle, or refuse one that holds anything else than bundles hold.

    Raises:
        PackedFileError: says what is wrong.
    """
    parts: dict[str, bytes] = {}
    for entry in unpack(data, limits=_LIMITS):
        if entry.octets is None:
            fault = entry.fault.message if entry.fault else message("the archive is damaged")
            raise PackedFileError(message("{name} in the bundle: {fault}", name=entry.name, fault=fault))
        parts[entry.name] = entry.octets
    files = [name for name in parts if name.startswith(_FILE)]
    lists = [name for name in parts if name.startswith(_LISTS)]
    others = parts.keys() - {*files, *lists, _PROOF, _STATUS, _ANCHORS, _README}
    folders = {name.rpartition("/")[0] for name in lists}
    wrong = sorted(
        [
            *others,
            *(name for name in files if not _NAME.fullmatch(name.removeprefix(_FILE))),
            *(name for name in lists if not _NAME_OF_LIST.fullmatch(name.removeprefix(_LISTS))),
            *(name for name in lists if name in folders),
        ]
    )
    if wrong:
        raise PackedFileError(message("{name} is nothing that a bundle holds", name=shown_name(wrong[0])))
    if len(files) != 1:
        raise PackedFileError(
            message("a bundle holds one file in the folder file, this one {count}", count=len(files))
        )
    return Bundle(
        files[0].removeprefix(_FILE),
        parts[files[0]],
        parts.get(_PROOF),
        parts.get(_STATUS),
        parts.get(_ANCHORS),
        {name.removeprefix(_LISTS): parts[name] for name in lists},
    )


@contextmanager
def lists_at_hand(settings: Settings, lists: Mapping[str, bytes]) -> Generator[Settings]:
    """Give settings that use the trusted lists of a bundle where they say whose signatures lists need and have none at hand.

    Args:
        settings: of whoever verifies.
        lists: file name → list.
    """
    own = settings.trust.lists
    with ExitStack() as stack:
        if own is not None and lists and not _lists(settings):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="mikrocert-")))
            for name, octets in lists.items():
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                _put(path, octets)
            trust = attrs.evolve(settings.trust, lists=attrs.evolve(own, folder=str(folder)))
            settings = attrs.evolve(settings, trust=trust)
        yield settings


def _put(path: Path, octets: bytes) -> None:
    with path.open("xb") as file:
        file.write(octets)


_NO_STATUS: Final = Finding.info(
    "no-status", "The bundle has no status, so whether it was revoked can't be known offline."
)
_UNSIGNED: Final = Finding.warning(
    "status-unsigned",
    "No key of a log that is known here signed the status in the bundle, so anyone could have written it.",
)
_OF_ANOTHER: Final = Finding.warning(
    "status-of-another", "The status in the bundle is about another file, so it says nothing of this one."
)
_LATER: Final = Finding.warning(
    "status-from-later", "The status in the bundle is of a moment that is still to come; a clock is wrong."
)
_NOT_OF_LOG: Final = Finding.warning(
    "status-of-another-log",
    "The status in the bundle counts only from the log that has this very file, and the bundle doesn't prove that it has.",
)
_OLD_STATUS: Final = Finding.warning(
    "status-old", "The status is more than thirty days old; ask for a new bundle, or verify online."
)
_WITHOUT_PROOF: Final = Finding.warning(
    "no-proof",
    "the bundle has no proof that the file is in the log, so its status won't count; `mikrocert log publish` signs a head with it",
)
_WITHOUT_STATUS: Final = Finding.warning(
    "no-status", "the bundle has no status: the archive doesn't have this very file"
)
