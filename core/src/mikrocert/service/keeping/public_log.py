"""The log as the settings have it: its heads are signed, published, sealed and renewed, and whoever is in it gets a proof."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mikrocert.errors import LogError, MikrocertError, SettingsError
from mikrocert.kinds.envelope import Trust
from mikrocert.report import Finding
from mikrocert.service.keeping.publishing import LogProof, Published, proofs_of, publish
from mikrocert.service.keeping.renewing_heads import heads_of, keep_head, renew_heads
from mikrocert.service.keeping.sealed_heads import KeptHead, read_head, seal_head
from mikrocert.service.verifying.anchors import with_anchors
from mikrocert.service.verifying.heads import log_key, log_trust
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from mikrocert.archive import LogReader
    from mikrocert.log.notes import Note
    from mikrocert.log.trust import LogTrust
    from mikrocert.service.issuing.securing import Securing
    from mikrocert.service.keeping.renewing import Renewal
    from mikrocert.service.system import System
    from mikrocert.service.verifying.anchors import Anchor
    from mikrocert.settings import LogSettings

__all__ = ["PublicLog"]


class PublicLog:
    """The log in which everybody can look up what was issued.

    Args:
        system: whose log it is.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._settings = system.settings

    def settings(self) -> tuple[LogSettings, LogTrust]:
        """Return what the settings say of the log, and whose signatures count.

        Raises:
            SettingsError: if they name no log.
        """
        log, trust = self._settings.log, log_trust(self._settings)
        if log is None or trust is None:
            raise SettingsError(
                message(
                    "no log is set up in {file}; a section {section} sets one up: its origin, key and folder, to publish what is issued "
                    "here (`mikrocert log init` makes the key), and its keys, to verify what others published",
                    file=self._settings.name,
                    section="[log]",
                )
            )
        return log, trust

    @property
    def is_published(self) -> bool:
        """Whether the settings have the key of a log, so that what is issued is published in it at once."""
        return self._settings.log is not None and self._settings.log.key is not None

    @contextmanager
    def opened(self) -> Generator[LogReader]:
        """Open the archive's log (see `Archive.log`)."""
        with self._system.the_archive().log() as reader:
            yield reader

    def publish(self, *, cosigned: Iterable[bytes] = (), securing: Securing | None = None) -> Published:
        """Sign the head of the log, publish it and, where settings say so, have it sealed (see `publishing.publish`).

        Args:
            cosigned: heads as witnesses gave them back.
            securing: the signer's session, where it is open already; else it is opened if the head is to be sealed.

        Raises:
            SettingsError: if the settings name no log or no key of it, or an envelope for heads and no folder.
            UnknownOffer: if they name an unknown envelope for heads.
            LogError: if the log doesn't continue what was signed or published before, or a file can't be written.
            ArchiveError: if the archive fails.
        """
        log, trust = self.settings()
        folder = None if log.folder is None else self._settings.path(log.folder)
        key = log_key(log, trust=trust)

        def keep(octets: bytes) -> None:
            if log.kept is not None:
                keep_head(octets, folder=self._settings.path(log.kept), at=datetime.now(UTC))

        return publish(
            self._system.the_archive(),
            key=key,
            trust=trust,
            folder=folder,
            at=datetime.now(UTC),
            cosigned=cosigned,
            seal=self._seal_of_heads(log, securing),
            keep=keep,
        )

    def _seal_of_heads(self, log: LogSettings, securing: Securing | None) -> Callable[[Note], bytes] | None:
        """Return what seals heads of the log, or none where settings don't say in which envelope."""
        envelope = log.envelope
        if envelope is None and log.kept is not None:
            raise SettingsError(
                message("log.kept needs log.envelope: the name of the envelope in which heads are sealed")
            )
        if envelope is None:
            return None
        if log.folder is None:
            raise SettingsError(
                message("log.envelope needs log.folder: the folder in which the sealed head is published")
            )
        self._system.plugins.envelopes.get(envelope)

        def seal(note: Note) -> bytes:
            with self._system.opened_securing() if securing is None else nullcontext(securing) as means:
                return seal_head(note, securing=means, envelope=envelope, at=datetime.now(UTC))

        return seal

    def publish_changes(
        self, *, on_warning: Callable[[Finding], object], securing: Securing | None = None
    ) -> None:
        """Publish the log after a batch, or after a single change; what was done stays done where that fails."""
        if not self.is_published:
            return
        try:
            published = self.publish(securing=securing)
        except MikrocertError as error:
            on_warning(
                Finding.warning(
                    "log-unpublished",
                    "what was done is in the archive, but the log was not published with it, so that nothing proves it yet: {fault}; "
                    "once that is set right, `mikrocert log publish` publishes it",
                    fault=error.message,
                )
            )
            return
        if published.unsealed is not None:
            on_warning(
                Finding.warning(
                    "log-unsealed",
                    "the log is published, but its head is not sealed: {fault}; once that is set right, `mikrocert log publish` "
                    "seals it",
                    fault=published.unsealed,
                )
            )

    def read_head(
        self, octets: bytes, *, anchors: Iterable[Anchor] = (), by_settings: bool = True
    ) -> KeptHead:
        """Return a head of a log that somebody has, sealed or not, with what was judged of its seal (see `sealed_heads.read_head`).

        Args:
            octets: a signed checkpoint, or a sealed file with one.
            anchors: whom to trust besides those of the settings, this time.
            by_settings: whether the settings say whom to trust and whose seal it has to be; else only `anchors` do.

        Raises:
            LogError: if it is no head.
            SettingsError: if the settings are wrong.
        """
        named, operator = tuple(anchors), self._settings.operator
        trust: Trust | None
        if by_settings:
            trust = with_anchors(self._system.verifier.trust, named)
        else:
            trust = with_anchors(Trust(), named) if named else None
        owners = operator.identifiers if operator is not None and by_settings else frozenset[str]()
        return read_head(
            octets, envelopes=self._system.envelopes, trust=trust, at=datetime.now(UTC), owners=owners
        )

    def renew(
        self, paths: Iterable[Path] | None = None, *, before: datetime, dry_run: bool = False
    ) -> Iterator[Renewal]:
        """Renew sealed heads of the log that end before a moment, and give back what became of each (see `renewing_heads.renew_heads`).

        Args:
            paths: files with sealed heads; none means those that settings say: the published one, and those that are kept.
            before: the moment (aware).
            dry_run: whether to say what is due and do nothing.

        Raises:
            LogError: if the folder of those that are kept can't be read.
        """
        wanted = heads_of(self._settings) if paths is None else tuple(paths)
        if not wanted:
            return
        with self._system.renewing_services(dry_run=dry_run) as services:
            yield from renew_heads(
                wanted,
                envelopes=self._system.envelopes,
                services=services,
                before=before,
                at=datetime.now(UTC),
                dry_run=dry_run,
            )

    def proofs(self, identifier: str) -> Mapping[str, bytes]:
        """Return the proofs that the files of a credential are in the log, by their file names; none where none can be given yet.

        Args:
            identifier: the 12 characters.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if the archive is damaged or can't be read, or the credential was erased.
        """
        trust = log_trust(self._settings)
        if trust is None or not trust.keys:
            return {}
        try:
            return {
                one.name: one.octets for one in proofs_of(self._system.the_archive(), identifier, trust=trust)
            }
        except LogError:  # no signed head has it yet, or one is wrongly signed: the check `logged` says so
            return {}

    def all_proofs(self, identifier: str) -> tuple[LogProof, ...]:
        """Return the proofs that the files of a credential are in the log, or say why there is none yet (see `proofs_of`).

        Raises:
            SettingsError: if the settings name no log.
            LogError, UnknownIdentifier, ArchiveError: as `proofs_of`.
        """
        _, trust = self.settings()
        return proofs_of(self._system.the_archive(), identifier, trust=trust)
