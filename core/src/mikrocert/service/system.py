"""The assembled system: settings, plugins and archive, ready to issue and to verify.

Command line, portal and interfaces to come call this and decide nothing themselves.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import chain
from threading import Lock, RLock, Thread
from typing import TYPE_CHECKING, Any, Literal, cast

import attrs

from mikrocert.accounts import Accounts, Deed, system_user
from mikrocert.accounts.proposals import Request
from mikrocert.archive import Archive, Archived, key_backups, open_archive, open_objects
from mikrocert.archive.objects import can_fetch_objects
from mikrocert.archive.statements import KeptStatement, find_statement, keep_statement, new_statement_id
from mikrocert.award.identifiers import find_identifier
from mikrocert.catalogue import Catalogue
from mikrocert.certificate import front_of
from mikrocert.errors import (
    AccountError,
    ArchiveError,
    MikrocertError,
    NoArchiveError,
    ObjectStoreError,
    ProposedError,
    RenderError,
    SettingsError,
    UnknownOffer,
)
from mikrocert.host.loading import Failure, Plugins, load_plugins
from mikrocert.jobs import Queue, Requests, Task
from mikrocert.jobs.sending import Sender
from mikrocert.kinds.envelope import Services, Trust, TrustedLists
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.offer import CANONICAL
from mikrocert.kinds.renderer import Attachment
from mikrocert.report import File, FileKind, Finding, Report, Severity, StatusValue
from mikrocert.rules import rule_set
from mikrocert.service.cache import OctetCache
from mikrocert.service.confining import (
    OF_A_COMMAND,
    Confinement,
    CostLimits,
    Crew,
    cores,
    verify_apart,
)
from mikrocert.service.holders.copying import CopyOffer, copier, copy_of
from mikrocert.service.holders.sharing import Sharing
from mikrocert.service.holders.wallets import Wallets
from mikrocert.service.institutions.batches import PUBLISH, Batches
from mikrocert.service.institutions.exports import read_export
from mikrocert.service.institutions.proposals import Proposals
from mikrocert.service.institutions.readers import Readers, Sent, read_here, reading_for_others
from mikrocert.service.institutions.webhooks import Webhooks
from mikrocert.service.issuing.drawing import (
    OF_A_DRAWING,
    ForOne,
    Painter,
    demand_templates,
    drawing_for_others,
    undrawn_or_sheets,
)
from mikrocert.service.issuing.issuing import Issuer, IssueResult, Progress, envelope_of_documents, untold
from mikrocert.service.issuing.observing import tell
from mikrocert.service.issuing.preflight import Plan, preflight
from mikrocert.service.issuing.securing import Securing
from mikrocert.service.keeping.public_log import PublicLog
from mikrocert.service.keeping.renewing import Renewal, Renewer, Renewing, unseen
from mikrocert.service.keeping.reverifying import Reached, Reverified, reverify, seals_of
from mikrocert.service.measuring import Measures, Metrics, QueueLengths, exposing
from mikrocert.service.periodic import periodic_tasks
from mikrocert.service.privacy.personal import PersonalData, personal_data
from mikrocert.service.searching import complete_topics, find
from mikrocert.service.verifiers.bundles import lists_at_hand
from mikrocert.service.verifiers.public_catalogue import PublicCatalogue
from mikrocert.service.verifiers.statements import Statement, opened_statements, statement_certificates
from mikrocert.service.verifying.anchors import read_anchors, with_anchors
from mikrocert.service.verifying.archived import AtHand
from mikrocert.service.verifying.failures import FailedCheck, failure_finding
from mikrocert.service.verifying.heads import log_trust
from mikrocert.service.verifying.logged import LogEvidence
from mikrocert.service.verifying.offline import OfflineStatus
from mikrocert.service.verifying.ours import Ours
from mikrocert.service.verifying.public_keys import keys_of
from mikrocert.service.verifying.verdicts import Verdict, Verdicts
from mikrocert.service.verifying.verifying import Verifier
from mikrocert.texts import Message, Texts, message
from mikrocert.tracing import NO_TRACING, Tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from sqlalchemy.engine import Connection

    from mikrocert.accounts import Proposal
    from mikrocert.archive import (
        ErasureReason,
        Happened,
        KeyBackup,
        ListedState,
        Tally,
    )
    from mikrocert.archive.events import Event
    from mikrocert.host.registry import Registry
    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format, Packaging
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Identity, Signer
    from mikrocert.report import Registration
    from mikrocert.service.issuing.drawing import Front, Sheet, Sheets, Undrawn
    from mikrocert.service.verifiers.bundles import Bundle
    from mikrocert.service.verifying.anchors import Anchor
    from mikrocert.settings import Settings
    from mikrocert.texts import LanguageMap

__all__ = ["System", "open_system"]

_PICTURES_KEPT = 64 * 1024 * 1024
_VERDICTS_KEPT = 32 * 1024 * 1024
_OF_A_CREDENTIAL = CostLimits(cpu_seconds=300, memory_megabytes=2048, seconds=600)
_OF_A_PICTURE = CostLimits(cpu_seconds=60, memory_megabytes=1024, seconds=120)
_PICTURES_OF_A_PROCESS = 200
_DRAWINGS_OF_A_PROCESS = 600
_MOST_WORKERS = 4
_MOST_PAINTERS = 2
_NOT_OFFERED = message("no plugin at hand offers it")
_UNREAD_PERHAPS = Finding.warning(
    "plugin-failed", "A plugin failed (see its failure); it may be the one that reads such files."
)


class System:
    """Issues and verifies under one set of settings; safe to use from several threads.

    Args:
        settings: all settings.
        plugins: all plugins at hand.
        stack: closes what is opened on the way.
        now: tells jobs the time (aware).
        confined: whether everything is drawn in a process of its own, however little it is, as it is for workers.
    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        stack: ExitStack,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        confined: bool = False,
    ) -> None:
        self.settings = settings
        self._confined = confined
        self._now = now
        self.plugins = plugins
        self._stack = stack
        self._opening = RLock()
        self._drawing = Lock()
        self._pictures: OctetCache[tuple[str, str]] = OctetCache(_PICTURES_KEPT)
        self._verdicts = Verdicts(_VERDICTS_KEPT)
        self._owner_checked = False
        self._among = 1
        self.texts = Texts(plugins.packages)
        """The sentences of core and plugins in every language that is installed."""

    @property
    def archive(self) -> Archive | None:
        """The archive, opened when first asked for; none where the settings name none.

        Raises:
            SettingsError: if it belongs to another operator than the settings name.
        """
        with self._opening:
            self._check_owner()
            return self._archive

    @cached_property
    def queue(self) -> Queue:
        """What is done later, by workers, in the archive's database.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        lease = timedelta(seconds=self.settings.jobs.lease_seconds)
        return Queue(self.the_archive().database, now=self._now, lease=lease)

    @cached_property
    def requests(self) -> Requests:
        """Requests to which institutions gave a key.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        kept = timedelta(days=self.settings.privacy.request_days)
        return Requests(self.the_archive().database, now=self._now, kept=kept)

    @cached_property
    def batches(self) -> Batches:
        """What institutions sent to be worked through by jobs.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        batches = Batches(self, archive=self.the_archive(), queue=self.queue)
        self._stack.callback(batches.changes.close)
        return batches

    @cached_property
    def proposals(self) -> Proposals:
        """What waits for a second pair of eyes.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        return Proposals(self, archive=self.the_archive(), now=self._now)

    @cached_property
    def sharing(self) -> Sharing:
        """What holders decide about who sees their credentials, and what others see by it; the archive is opened when it is first asked."""
        return Sharing(
            self.the_archive,
            settings=self.settings,
            verify=self.verify_archived,
            recall=self.recall,
            now=self._now,
        )

    @cached_property
    def wallets(self) -> Wallets:
        """Credentials that people who sign in gathered by their holder's links; the archive is opened when it is first asked."""
        return Wallets(self.the_archive, sharing=self.sharing, now=self._now)

    def new_holder_link(self, identifier: str, *, actor: str | None = None) -> str:
        """Return a new holder's link of a credential, told once; those before it open nothing any more (see `Sharing.new_holder_link`)."""
        return self.sharing.new_holder_link(identifier, actor=actor or system_user())

    @cached_property
    def webhooks(self) -> Webhooks:
        """What institutions are told.

        Raises:
            NoArchiveError: if the settings name no archive.
        """
        settings = self.settings
        sender = Sender(plain=settings.sandbox, private=settings.sandbox and settings.jobs.private_targets)
        return Webhooks(self.the_archive(), queue=self.queue, sender=sender)

    @property
    def tasks(self) -> Mapping[str, Task]:
        """What jobs do, by the names of their tasks."""

        def publish_log(attempt: int) -> None:  # noqa: ARG001 - as jobs are called
            self.log.publish()

        return {
            **self.batches.tasks,
            **self.webhooks.tasks,
            **periodic_tasks(self, now=self._now),
            PUBLISH: Task(publish_log),
        }

    @cached_property
    def log(self) -> PublicLog:
        """The log in which everybody can look up what was issued."""
        return PublicLog(self)

    @property
    def accounts(self) -> Accounts | None:
        """The accounts of institutions; none where the settings name no archive.

        Raises:
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        return None if self.archive is None else self.the_accounts()

    def the_accounts(self) -> Accounts:
        """Return the accounts of institutions.

        Raises:
            NoArchiveError: if the settings name no archive.
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        database = self.the_archive().database
        return Accounts(database, sandbox=self.settings.sandbox, propose=self.proposals.propose)

    @property
    def catalogue(self) -> Catalogue | None:
        """The types of micro-credentials; none where the settings name no archive.

        Raises:
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        archive = self.archive
        if archive is None:
            return None
        return Catalogue(archive.database, rules=rule_set(self.settings.rule_set))

    @cached_property
    def public_catalogue(self) -> PublicCatalogue:
        """What the public may see of institutions and their types.

        Raises:
            NoArchiveError: if the settings name no archive.
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        return PublicCatalogue(self)

    @property
    def verifier(self) -> Verifier:
        """The verifier with everything that is installed and allowed.

        Raises:
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        with self._opening:
            self._check_owner()
            return self._verifier

    @property
    def renderer(self) -> Renderer:
        """The renderer that the settings name."""
        with self._opening:
            return self._renderer

    def _check_owner(self) -> None:
        """Refuse to serve an archive under another operator's name; one that can't be asked is asked again next time.

        Where the settings name no operator, the archive's owner is ours.
        """
        operator, archive = self.settings.operator, self._archive
        if self._owner_checked or archive is None:
            return
        try:
            owner = archive.owner
        except ArchiveError:
            return  # whoever needs it is told
        if operator is None:
            self._verifier = attrs.evolve(self._verifier, ours=Ours.of(self.settings, owner=owner))
        elif owner is not None and owner not in operator.identifiers:
            raise SettingsError(
                message(
                    "the archive belongs to {owner}, {file} names operator {operator}; if that is what it was "
                    "called before, [[operator.formerly]] says so",
                    owner=owner,
                    file=self.settings.name,
                    operator=operator.organization_identifier,
                )
            )
        self._owner_checked = owner is not None

    def prepare(self) -> None:
        """Make all that verifying needs, so that wrong settings are told now and not to the first visitor.

        Raises:
            MikrocertError: if settings, plugins or archive are wrong; its class says which.
        """
        with self._opening:
            self._check_owner()
            _ = self._verifier

    @cached_property
    def _archive(self) -> Archive | None:
        url = self.settings.archive_url
        if url is None:
            return None
        archive = self.settings.archive
        opened = open_archive(
            url,
            keys_url=self.settings.archive_keys_url,
            connections=archive.connections if archive else None,
            along=self._write_along,
            objects=open_objects(self.settings),
        )
        return self._stack.enter_context(opened)

    def _write_along(self, connection: Connection, happened: Happened) -> None:
        """Write down within a unit of the archive what institutions are to be told."""
        self.webhooks.happened(connection, happened)

    @cached_property
    def _renderer(self) -> Renderer:
        registry = self.plugins.renderers
        return self._stack.enter_context(
            registry.choose(registry.named(self.settings.renderer), self.settings)
        )

    @cached_property
    def _formats(self) -> Mapping[str, Format]:
        return self._all(self.plugins.formats)

    @property
    def envelopes(self) -> Mapping[str, Envelope]:
        """All envelopes by name, opened when first asked for."""
        with self._opening:
            return self._envelopes

    @cached_property
    def _envelopes(self) -> Mapping[str, Envelope]:
        return self._all(self.plugins.envelopes)

    @cached_property
    def _observers(self) -> Mapping[str, Observer]:
        return self._those_that_open(self.plugins.observers)

    @cached_property
    def _checks(self) -> Mapping[str, Check]:
        """Every check; one that can't be used, or may be hidden in a plugin that can't, is undetermined under its name."""
        checks = self._those_that_open(self.plugins.checks)
        failed: dict[str, Message] = {
            failure.name: failure.reason for failure in self.plugins.failures if failure.check
        }
        if failed:
            configured = {
                name: _NOT_OFFERED for name in self.settings.sections("checks") if name not in checks
            }
            failed = {**configured, **failed}
        return {**checks, **{name: FailedCheck(name, reason) for name, reason in failed.items()}}

    @cached_property
    def _verifier(self) -> Verifier:
        return Verifier(
            envelopes=self._envelopes,
            formats=self._formats,
            checks=self._checks,
            trust=self._trust(),
            rules=rule_set(self.settings.rule_set),
            ours=Ours.of(self.settings),
            archive=self._archive,
            log=LogEvidence(log_trust(self.settings)),
            seal_certificates=self._seal_certificates,
            statement_keys=keys_of(statement_certificates(self.settings)),
            names=self.settings.trust.names,
        )

    @cached_property
    def _confinement(self) -> Confinement:
        workers = max(1, min(cores(), _MOST_WORKERS) // self._among)
        confinement = Confinement(partial(_verifying, self.settings), workers=workers)
        self._stack.callback(confinement.close)
        return confinement

    @cached_property
    def _stating(self) -> Confinement:
        stating = Confinement(
            partial(_giving, self.settings),
            workers=1,
            limits=_OF_A_PICTURE,
            lifetime=_PICTURES_OF_A_PROCESS,
        )
        self._stack.callback(stating.close)
        return stating

    @cached_property
    def _painters(self) -> Confinement:
        painters = Confinement(
            partial(_drawing, self.settings),
            workers=max(1, min(cores(), _MOST_PAINTERS) // self._among),
            limits=_OF_A_PICTURE,
            lifetime=_PICTURES_OF_A_PROCESS,
        )
        self._stack.callback(painters.close)
        return painters

    @cached_property
    def _draughtsman(self) -> Crew:
        crew = Crew(
            partial(_painting_for_all, self.settings),
            workers=1,
            limits=OF_A_DRAWING,
            lifetime=_DRAWINGS_OF_A_PROCESS,
        )
        self._stack.callback(crew.close)
        return crew

    @cached_property
    def _readers(self) -> Readers:
        readers = Readers(partial(_reading, self.settings))
        self._stack.callback(readers.close)
        return readers

    def _all(self, registry: Registry[Any]) -> dict[str, Any]:
        return {
            name: self._stack.enter_context(registry.choose(name, self.settings)) for name in registry.names
        }

    def _those_that_open(self, registry: Registry[Any]) -> dict[str, Any]:
        """Open all offers of a kind that nothing depends on; what is wrong with one is its failure, not everybody's.

        Raises:
            MikrocertError: if it is one that plugins.require names.
        """
        opened: dict[str, Any] = {}
        for offered in registry:
            name = offered.offer.name
            try:
                opened[name] = self._stack.enter_context(registry.choose(name, self.settings))
            except MikrocertError as error:
                if self.plugins.sources(offered.plugin) & set(self.settings.plugins.require):
                    raise
                self.plugins.fail(Failure(name, "", error.message, check=registry.kind == "checks"))
        return opened

    def _trust(self) -> Trust:
        trust = self.settings.trust
        anchors = {name: self._certificates("trust.anchors", name) for name in trust.anchors}
        policies = {"trust.organisations": trust.organisations, "trust.qualified": trust.qualified}
        for member, names in policies.items():
            for name in names:
                if name not in anchors:
                    raise SettingsError(
                        message("{member}: {name} is not among trust.anchors", member=member, name=name)
                    )
        return Trust(
            anchors=tuple(chain.from_iterable(anchors.values())),
            sandbox=self.settings.sandbox,
            organisations=frozenset(chain.from_iterable(anchors[name] for name in trust.organisations)),
            qualified=frozenset(chain.from_iterable(anchors[name] for name in trust.qualified)),
            revocation=trust.revocation,
            revocation_hosts=frozenset(map(str.lower, trust.revocation_hosts)),
            lists=self._trusted_lists(),
        )

    def _trusted_lists(self) -> TrustedLists | None:
        lists = self.settings.trust.lists
        if lists is None:
            return None
        signers = (self._certificates("trust.lists.signers", name) for name in lists.signers)
        return TrustedLists(
            self.settings.path(lists.folder),
            tuple(chain.from_iterable(signers)),
            lists.territories,
            lists.url,
        )

    def update_lists(self, *, at: datetime) -> tuple[Finding, ...]:
        """Bring trusted lists up to date over the network; all envelopes use the same ones, and the first that does updates them.

        Args:
            at: the time (aware).

        Returns:
            What became of them: an error for each that failed.

        Raises:
            SettingsError: if settings name none, or nothing that is installed uses any.
            SealError: if their folder can't be used.
        """
        verifier = self.verifier
        lists = verifier.trust.lists
        answers = (
            envelope.update_lists(lists, at=at)
            for envelope in verifier.envelopes.values()
            if lists is not None
        )
        found = next(filter(None, answers), None)
        if found is None:
            raise SettingsError(
                message(
                    "{file} sets up no trusted lists, or no envelope that is installed uses any; a section {section} would be right",
                    file=self.settings.name,
                    section="[trust.lists]",
                )
            )
        return found

    @cached_property
    def _seal_certificates(self) -> frozenset[bytes]:
        operator = self.settings.operator
        names = operator.seal_certificates if operator else ()
        return frozenset(
            chain.from_iterable(self._certificates("operator.seal_certificates", name) for name in names)
        )

    @property
    def seal_certificates(self) -> frozenset[bytes]:
        """The certificates (X.509, DER) that the operator seals with; empty where the settings don't list them."""
        return self._seal_certificates

    def now(self) -> datetime:
        """Return the time (aware)."""
        return self._now()

    @property
    def gives_statements(self) -> bool:
        """Whether settings say who seals statements, and there is an archive that keeps what is kept of them."""
        return self.settings.statements is not None and self.settings.archive_url is not None

    def state(self, report: Report, *, file: str, language: str) -> Statement:
        """Give a statement about a verification; it is made in a process of its own, and kept nowhere but for hash, verdict and time.

        Args:
            report: what was found out.
            file: SHA-256 of the file that was verified, hexadecimal.
            language: in which it is written.

        Raises:
            NoArchiveError: if the settings name no archive.
            SettingsError: if they name no signer for statements, or it isn't one.
            RenderError: if it can't be made.
            ArchiveError: if it can't be kept.
        """
        archive = self.the_archive()
        if self.settings.statements is None:
            raise SettingsError(message("no statements are given here"))
        with self._opening:
            stating = self._stating
        statement_id = new_statement_id()
        given = stating.ask(report, file, statement_id, language)
        if not isinstance(given, Statement):
            ended = message(
                "the statement could not be made; `mikrocert doctor` says whether settings and signer are right"
            )
            raise RenderError(ended if isinstance(given, Finding) else cast("Message", given))
        kept = KeptStatement(statement_id, file, report.verdict, report.at)
        keep_statement(archive.database, kept)
        return given

    def statement(self, statement_id: str) -> KeptStatement:
        """Return what is kept of a statement.

        Raises:
            UnknownStatement: if none of this id was given.
            ArchiveError: if there is no archive, or it fails.
        """
        return find_statement(self.the_archive().database, statement_id)

    def _certificates(self, member: str, name: str) -> tuple[bytes, ...]:
        anchors = read_anchors(self.settings.path(name), member=member)
        return tuple(anchor.certificate for anchor in anchors)

    def tell(self, event: Callable[[Observer], None]) -> None:
        """Tell every observer what happened; what goes wrong with one is logged."""
        with self._opening:
            observers = self._observers
        tell(observers, event)

    def _verified(self, report: Report) -> None:
        self.measures.verified(report.verdict)
        self.tell(lambda observer: observer.verified(report))

    @cached_property
    def measures(self) -> Measures:
        """What is counted, where settings want it."""
        return Measures(wanted=self.settings.metrics is not None)

    @cached_property
    def tracing(self) -> Tracing:
        """Where spans go, where settings want it.

        Raises:
            SettingsError: if OpenTelemetry isn't installed, or there is no such exporter.
        """
        if self.settings.tracing is None:
            return NO_TRACING
        try:
            from mikrocert.tracing.exporting import exported_tracing  # noqa: PLC0415 - only where it is wanted
        except ImportError as error:
            raise SettingsError(
                message(
                    "[tracing] needs OpenTelemetry, which isn't installed; pip install mikrocert[tracing]"
                )
            ) from error
        tracing = exported_tracing(self.settings.tracing.exporter)
        self._stack.callback(tracing.close)
        return tracing

    @contextmanager
    def exposing(self) -> Generator[Metrics | None]:
        """Listen on the port for metrics, where settings want it.

        Raises:
            SettingsError: if the port can't be had.
        """
        if self.settings.metrics is None:
            yield None
            return
        with exposing(
            self.settings.metrics, measures=self.measures, figures=self._figures, queues=self._queue_lengths
        ) as exposed:
            yield exposed

    @contextmanager
    def working_beside(self) -> Generator[None]:
        """Run a process beside this one that does jobs meanwhile; it ends with the job at hand.

        Raises:
            NoArchiveError: if the settings name none.
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        from mikrocert.service.workforce import Workforce  # noqa: PLC0415 - only where it is wanted

        force = Workforce(self.settings, queue=self.queue, concurrency=1)
        working = Thread(target=force.run, daemon=True)
        working.start()
        try:
            yield
        finally:
            force.stop()
            working.join()

    def _figures(self) -> Mapping[str, float]:
        archive = self.archive
        if archive is None:
            return {}
        return {"archive_credentials": archive.count(), "archive_octets": archive.octets()}

    def _queue_lengths(self) -> QueueLengths:
        if self.archive is None:
            return {}
        jobs = {f"jobs_{state}": tasks for state, tasks in self.queue.lengths().items()}
        return {**jobs, "webhooks_due": self.webhooks.due()}

    def verify(
        self,
        data: bytes,
        *,
        at: datetime | None = None,
        anchors: Iterable[Anchor] = (),
        proof: bytes | None = None,
    ) -> Report:
        """Verify a file (see `Verifier.verify`).

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time.
            proof: the proof that the file is in a log, or none.
        """
        with self.tracing.span("verify"):
            verifier = _with_proof(_trusting(self.verifier, anchors), proof)
            report = self._with_failures(verifier.verify(data, at=at or datetime.now(UTC)))
        self._verified(report)
        return report

    def _with_failures(self, report: Report) -> Report:
        """Return a report that names the plugins that failed, and says so where one of them may be missing."""
        failures = tuple(map(failure_finding, self.plugins.failures))
        report = attrs.evolve(report, failures=failures)
        if report.unusable and failures:
            return attrs.evolve(report, unusable=(*report.unusable, _UNREAD_PERHAPS))
        return report

    def leave_connections(self) -> None:
        """Leave the open connections to the process that this one is a copy of, and open others when they are needed."""
        self.__dict__.pop("tracing", None)
        with self._opening:
            if self._archive is not None:
                self._archive.leave_connections()

    def prepare_confined(self, *, among: int = 1) -> None:
        """Start the processes in which files of strangers are verified, so that the first file need not wait.

        Args:
            among: how many processes like this one share the processors.
        """
        with self._opening:
            self._among = among
            _ = self._confinement

    @property
    def parts(self) -> dict[str, Callable[[], bool]]:
        """What it serves with, by name: each can be asked whether it is there at this moment, and takes as long as a database may.

        `archive`: settings name one that can be read and is of this version and operator, or none; `objects`: what that has in an
        object store can be fetched; `plugins`: all that are installed and allowed can be used.
        """
        return {
            "archive": self._has_archive,
            "objects": self._has_objects,
            "plugins": lambda: not self.plugins.failures,
        }

    def _has_archive(self) -> bool:
        try:
            if self.archive is not None:
                self.archive.require()
        except MikrocertError:
            return False
        return True

    def _has_objects(self) -> bool:
        try:
            if self.archive is not None and self.archive.objects is not None:
                return can_fetch_objects(self.archive.database, self.archive.objects)
        except ObjectStoreError:
            return False
        except MikrocertError:
            pass  # that the archive can't be read is another part's answer
        return True

    def verify_confined(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file of a stranger, in a process of its own that may not cost more than `CostLimits` say.

        The processes load the plugins that the settings allow.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
        """
        with self._opening:
            confinement = self._confinement
        with self.tracing.span("verify"):
            report = self._with_failures(confinement.verify(data, at=at or datetime.now(UTC)))
        self._verified(report)
        return report

    def verify_apart(
        self,
        data: bytes,
        *,
        at: datetime | None = None,
        anchors: Iterable[Anchor] = (),
        proof: bytes | None = None,
    ) -> Report:
        """Verify a file of a stranger, in a copy of this process that may not cost more than a file may.

        For a command, which has one thread and one file; a server asks `verify_confined`.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time.
            proof: the proof that the file is in a log, or none.
        """
        verifier = _with_proof(_trusting(self.verifier, anchors), proof)
        opening = partial(_in_copy, verifier, self._archive)
        report = self._with_failures(
            verify_apart(opening, data, at=at or datetime.now(UTC), limits=OF_A_COMMAND)
        )
        self._verified(report)
        return report

    def verify_offline(
        self, bundle: Bundle, *, at: datetime | None = None, anchors: Iterable[Anchor] = ()
    ) -> Report:
        """Verify the file of a bundle without a network and without an archive (see `bundles`), in a copy of this process.

        Args:
            bundle: what somebody sent.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time. Those in the bundle are not trusted.
        """
        settings = attrs.evolve(
            self.settings,
            archive=None,
            trust=attrs.evolve(self.settings.trust, revocation_hosts=()),
        )
        with (
            lists_at_hand(settings, bundle.lists) as at_hand,
            open_system(at_hand, plugins=self.plugins, now=self._now) as system,
        ):
            status = OfflineStatus(log_trust(settings), bundle.proof, bundle.status)
            verifier = attrs.evolve(
                _with_proof(_trusting(system.verifier, anchors), bundle.proof), offline=status
            )
            opening = partial(_in_copy, verifier, None)
            report = verify_apart(opening, bundle.file, at=at or datetime.now(UTC), limits=OF_A_COMMAND)
            report = self._with_failures(report)
        self.tell(lambda observer: observer.verified(report))
        return report

    def verify_identifier(
        self,
        identifier: str,
        *,
        at: datetime | None = None,
        anchors: Iterable[Anchor] = (),
        proof: bytes | None = None,
    ) -> Report:
        """Verify the credential that the archive has under this identifier.

        Args:
            identifier: the 12 characters.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time.
            proof: the proof that its file is in a log, or none.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, there is none, or the credential was erased.
        """
        octets = self.file(identifier, FileKind.CREDENTIAL).octets
        return self.verify(octets, at=at, anchors=anchors, proof=proof)

    def verify_archived(self, identifier: str) -> tuple[tuple[File, ...], Report]:
        """Return the newest edition of every file of a credential, credentials first, and the report of the first one.

        The archive is asked each time; a report of some minutes ago is given again where the archive says the same as then (see
        `verdicts`).

        Args:
            identifier: the 12 characters.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, there is none, or the credential was erased.
        """
        archive, at = self.the_archive(), datetime.now(UTC)
        kept = self._verdicts.get(identifier, newest=archive.newest_hash, at=at)
        if kept is not None:
            self._verified(kept.report)
            return kept.files, kept.report
        holdings = archive.holdings(identifier)
        files = _credentials_first(holdings.files)
        verifier = attrs.evolve(self.verifier, archive=AtHand(holdings, archive))
        with self.tracing.span("verify"):
            report = self._with_failures(verifier.verify(files[0].octets, at=at))
        self._verified(report)
        self._verdicts.keep(Verdict(identifier, holdings.events[-1].hash, files, report))
        return files, report

    def recall(self, identifier: str) -> Verdict | None:
        """Return what `verify_archived` found out some minutes ago, without asking, telling or counting; none where an observer has to be told.

        Args:
            identifier: the 12 characters.
        """
        verdict = self._verdicts.recent(identifier, at=datetime.now(UTC))
        # What an observer does may take any time. Whoever verified has told them, so that by now they are open.
        return None if verdict is None or self._observers else verdict

    def archived(self, identifier: str) -> Archived:
        """Return what the archive has under this identifier.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, or there is none.
        """
        return self.the_archive().find(identifier)

    def history(self, identifier: str) -> tuple[Event, ...]:
        """Return all that happened to a credential, oldest first.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, or there is none.
        """
        return self.the_archive().history(identifier)

    def registrations(
        self,
        institution: str,
        *,
        after: Registration | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[Registration, ...]:
        """Return a page of what an institution had issued, in the order of issuing (see `Archive.registrations`)."""
        return self.the_archive().registrations(
            institution=institution, after=after, limit=limit, since=since, until=until
        )

    def find_award(self, institution: str, evidence_number: str) -> Archived | None:
        """Return the newest credential of an award, or none (see `Archive.find_award`)."""
        return self.the_archive().find_award(institution, evidence_number)

    def file(self, identifier: str, kind: FileKind, *, format_name: str | None = None) -> File:
        """Return the newest edition of a file of a credential.

        Args:
            identifier: the 12 characters.
            kind: credential or certificate.
            format_name: name of the format; none means the one that was issued first.

        Raises:
            UnknownIdentifier: if there is no such credential, or it has no such file.
            ArchiveError: if the archive is damaged or can't be read, or the credential was erased.
        """
        return self.the_archive().file(identifier, kind, format=format_name)

    def files(self, identifier: str) -> tuple[File, ...]:
        """Return the newest edition of every file of a credential, credentials first.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if the archive is damaged or can't be read, or the credential was erased.
        """
        return _credentials_first(self.the_archive().files(identifier))

    def credentials(
        self,
        *,
        institution: str | None = None,
        state: ListedState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> tuple[Archived, ...]:
        """Return a page of credentials in the order of issuing (see `Archive.credentials`).

        Args:
            institution: name of the only institution wanted; none means all.
            state: the only state wanted; none means any.
            since: the earliest moment of issuing (aware).
            until: the moment of issuing (aware) before which they are wanted.
            after: identifier of the last one of the page before, of the same institution; none for the first page.
            limit: how many at most, from 1 to 1000.

        Raises:
            UnknownIdentifier: if `after` is no credential, or another institution's.
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        return self.the_archive().credentials(
            institution=institution, state=state, since=since, until=until, after=after, limit=limit
        )

    def find(
        self, text: str, *, institution: str | None = None, after: str | None = None, limit: int = 100
    ) -> tuple[Archived, ...]:
        """Return the credentials that a text leads to: an identifier or link, else a record number, else words of a name.

        Args:
            text: what somebody typed; of a name whole words in any order, with or without marks.
            institution: name of the only institution wanted; none means all.
            after: identifier of the last one of the page before, where a name was asked for; none for the first page.
            limit: how many at most, from 1 to 1000.

        Raises:
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        identifier = self.identifier_of(text)
        return find(
            self.the_archive(), text, identifier=identifier, institution=institution, after=after, limit=limit
        )

    def credentials_of(
        self, name: str, *, institution: str, after: str | None = None, limit: int = 100
    ) -> tuple[Archived, ...]:
        """Return an institution's credentials by the holder's name, in the order of their identifiers (see `Archive.credentials_of`).

        Args:
            name: whole words of it in any order, with or without marks.
            institution: name of the institution's offer.
            after: identifier of the last one of the page before; none for the first page.
            limit: how many at most, from 1 to 1000.

        Raises:
            ArchiveError: if one of them is damaged, the limit is out of range, there is no archive, or a database fails.
        """
        return self.the_archive().credentials_of(name, institution=institution, after=after, limit=limit)

    def statistics(
        self, *, institution: str | None = None, since: str | None = None, until: str | None = None
    ) -> tuple[Tally, ...]:
        """Return how often what happened; nothing personal (see `Archive.statistics`).

        Args:
            institution: name of the only institution wanted; none means all.
            since: the first month, `2026-09`.
            until: the last month.

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        return self.the_archive().statistics(institution=institution, since=since, until=until)

    def complete_topics(self) -> int:
        """Note what old credentials are of, for statistics; return of how many it can't be told (see `finding.complete_topics`).

        Raises:
            ArchiveError: if there is no archive, or it fails.
        """
        archive = self.the_archive()
        if not archive.without_topic(limit=1):
            return 0
        with self._opening:
            envelopes, formats = self._envelopes, self._formats
        return complete_topics(archive, envelopes=envelopes, formats=formats)

    def reverify(
        self,
        *,
        workers: int | None = None,
        start: Reached | None = None,
        on_progress: Callable[[Reached], object] = lambda _: None,
    ) -> Iterator[Finding]:
        """Yield what is wrong with the seals of all files in the archive, verified anew in processes of their own.

        Args:
            workers: how many processes; none means as many as there are cores.
            start: where an interrupted one goes on; none means at the beginning.
            on_progress: called each time some credentials were gone through.

        Raises:
            ArchiveError: if there is no archive, or it fails.
            WorkerError: if a process can't begin.
        """
        crew = Crew(partial(_reverifying, self.settings), workers=workers or cores(), limits=_OF_A_CREDENTIAL)
        with closing(crew):
            yield from reverify(
                self.the_archive(),
                crew=crew,
                at=datetime.now(UTC),
                start=start or Reached(),
                on_progress=on_progress,
            )

    @property
    def packagings(self) -> tuple[Packaging, ...]:
        """What the files of the installed formats are, sorted by the formats' names."""
        with self._opening:
            return tuple(form.packaging for _, form in sorted(self._formats.items()))

    def the_archive(self) -> Archive:
        """Return the archive.

        Raises:
            NoArchiveError: if the settings name none.
            SettingsError: if it belongs to another operator than the settings name.
        """
        archive = self.archive
        if archive is None:
            raise NoArchiveError(
                message(
                    "there is no archive to ask: the settings name none; --config FILE names settings that do"
                )
            )
        return archive

    def revoke(
        self,
        identifier: str,
        *,
        reason: str,
        at: datetime | None = None,
        actor: str | None = None,
        on_warning: Callable[[Finding], object] = lambda _: None,
    ) -> Archived:
        """Revoke a credential and publish the log; revoking it again changes nothing.

        Args:
            identifier: the 12 characters.
            reason: why; verifiers read it.
            at: when (aware); none means now.
            actor: who does it, for the acts; none means the user of the operating system.
            on_warning: called with what somebody should know, such as that the log was not published.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ProposedError: if somebody else has to confirm it.
            ArchiveError: if it was replaced, the reason is not fit to be read, or the database fails.
        """
        at, by = at or datetime.now(UTC), actor or system_user()
        proposal: Proposal | None = None
        with self.the_archive().unit() as unit:
            archived = unit.find(identifier)
            if archived.status.value is StatusValue.LIVE:
                unit.check_revocable(identifier, reason=reason)
                institution = archived.registration.institution
                request = Request(Deed.REVOKE, institution, identifier, by, at, {"reason": reason})
                proposal = self.proposals.propose(unit.connection, request)
            if proposal is None:
                before, archived = archived, unit.revoke(identifier, reason=reason, at=at)
                if archived.status != before.status:
                    unit.act(at=at, actor=by, deed="revoke", subject=identifier)
        if proposal is not None:
            raise ProposedError(proposal)
        self.tell(lambda observer: observer.revoked(archived.registration, archived.status))
        self.log.publish_changes(on_warning=on_warning)
        return archived

    def erase(
        self,
        identifier: str,
        *,
        reason: ErasureReason,
        why: str | None = None,
        at: datetime | None = None,
        actor: str | None = None,
        on_warning: Callable[[Finding], object] = lambda _: None,
    ) -> Archived:
        """Erase the content of a credential for good and publish the log; erasing it again makes sure that its key is gone.

        Args:
            identifier: the 12 characters.
            reason: why; it stays.
            why: what else there is to say of it, for the acts; it stays, so it names no learner. None where there is nothing.
            at: when (aware); none means now.
            actor: who does it, for the acts; none means the user of the operating system.
            on_warning: called with what somebody should know, such as that the log was not published.

        Raises:
            UnknownIdentifier: if there is no such credential.
            HeldError: if it is on hold.
            ProposedError: if somebody else has to confirm it.
            ArchiveError: if a text is not fit to be kept, or a database fails.
        """
        at, by = at or datetime.now(UTC), actor or system_user()
        proposal: Proposal | None = None
        with self.the_archive().unit() as unit:
            archived = unit.find(identifier)
            if archived.erased_at is None:
                unit.check_erasable(identifier)
                institution = archived.registration.institution
                content = {"reason": reason.value, "why": why}
                request = Request(Deed.ERASE, institution, identifier, by, at, content)
                proposal = self.proposals.propose(unit.connection, request)
            if proposal is None:
                archived = unit.erase(identifier, reason=reason, at=at)
                unit.act(
                    at=at,
                    actor=by,
                    deed="archive erase",
                    subject=identifier,
                    why=why,
                    details={"reason": reason.value},
                )
        if proposal is not None:
            raise ProposedError(proposal)
        self.log.publish_changes(on_warning=on_warning)
        return archived

    def confirmed(self, proposal: Proposal) -> None:
        """Tell whoever wants to know that what was proposed is done, and publish the log."""
        if proposal.deed is Deed.REVOKE:
            archived = self.archived(proposal.subject)
            self.tell(lambda observer: observer.revoked(archived.registration, archived.status))
        if proposal.deed in {Deed.REVOKE, Deed.ERASE}:
            self.log.publish_changes(on_warning=lambda _: None)

    def key_backups(self) -> tuple[KeyBackup, ...] | None:
        """Return the backups of keys that lie where settings say, the oldest first; none where settings don't say where.

        Raises:
            ArchiveError: if that folder can't be listed.
        """
        folder = self.settings.privacy.key_backups
        return None if folder is None else key_backups(self.settings.path(folder))

    def personal_data(self, identifier: str) -> PersonalData:
        """Return all that is held of the award of a credential and of its holder (see `personal.personal_data`).

        Args:
            identifier: of any of its credentials.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if the archive is damaged or can't be read.
        """
        with self._opening:
            envelopes, formats = self._envelopes, self._formats
        archived = self.archived(identifier)
        return personal_data(self, archived, envelopes=envelopes, formats=formats, at=self._now())

    def picture(self, identifier: str, *, language: str) -> bytes:
        """Return the certificate's front as PNG without birth date and place.

        Args:
            identifier: the 12 characters.
            language: the leading language of the picture, ISO 639.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            RenderError: if it can't be drawn, or its seal is not intact, so that nothing may be shown as fact.
        """
        archived = self._not_erased(identifier)

        def draw() -> bytes:
            with self._drawing:
                return self._draw(archived, language)

        return self._pictures.get((identifier, language), draw)

    def picture_confined(self, identifier: str, *, language: str) -> bytes:
        """Return the same picture as `picture`, drawn in a process of its own, of which there are several.

        Args:
            identifier: the 12 characters.
            language: the leading language of the picture, ISO 639.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            RenderError: as `picture`.
        """
        self._not_erased(identifier)
        with self._opening:
            painters = self._painters

        def draw() -> bytes:
            drawn = painters.ask(identifier, language, "picture")
            if isinstance(drawn, bytes):
                return drawn
            raise RenderError(drawn.message if isinstance(drawn, Finding) else cast("Message", drawn))

        return self._pictures.get((identifier, language), draw)

    @cached_property
    def copies(self) -> tuple[CopyOffer, ...]:
        """What copies can be made of a credential for those who read otherwise: large print, easy language, whatever is installed.

        Of renderers, those are looked at that are for other purposes than certificates; one that can't be opened offers nothing.
        """
        found: list[CopyOffer] = []
        for offered in self.plugins.renderers:
            if offered.offer.usual is not False:
                continue
            name = offered.offer.name
            with suppress(MikrocertError), copier(name, plugins=self.plugins, settings=self.settings) as made:
                kind = made.document_type
                found.append(CopyOffer(name, Message(offered.offer.summary), kind.media_type, kind.suffix))
        return tuple(found)

    def copy(self, identifier: str, *, renderer: str) -> bytes:
        """Return a copy of a credential in the archive, which says what is found of it now and has the sealed file inside, birth data too.

        Args:
            identifier: the 12 characters.
            renderer: name of a renderer of copies.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            UnknownOffer: if there is no such renderer.
            SettingsError: if it makes no copies.
            RenderError: if it can't be drawn, or its content is not proven, so that nothing may be shown as fact.
        """
        self._not_erased(identifier)
        file = self.file(identifier, FileKind.CREDENTIAL)
        report = self.verifier.verify(file.octets, at=self._now())
        enclosed = Attachment(f"{identifier}{file.suffix}", file.octets, file.media_type)
        with copier(renderer, plugins=self.plugins, settings=self.settings) as drawing:
            made = copy_of(report, renderer=drawing, attachment=enclosed, texts=self.texts)
        if made is None:
            raise RenderError(
                message("the archive's file of {identifier} can't be shown as genuine", identifier=identifier)
            )
        return made

    def copy_confined(self, identifier: str, *, renderer: str) -> bytes:
        """Return the same as `copy`, drawn in a process of its own; it is kept by nobody, since it says what is found now.

        Args:
            identifier: the 12 characters.
            renderer: name of a renderer of copies.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            RenderError: as `copy`, and if there is no such renderer.
        """
        self._not_erased(identifier)
        with self._opening:
            painters = self._painters
        made = painters.ask(identifier, renderer, "copy")
        if isinstance(made, bytes):
            return made
        raise RenderError(made.message if isinstance(made, Finding) else cast("Message", made))

    def _not_erased(self, identifier: str) -> Archived:
        archived = self.archived(identifier)
        if archived.erased_at is not None:
            raise archived.erased
        return archived

    def _draw(self, archived: Archived, language: str) -> bytes:
        identifier = archived.registration.identifier
        file = self.file(identifier, FileKind.CREDENTIAL)
        report = self.verifier.verify(file.octets, at=datetime.now(UTC))
        if report.view is None or not report.proven:
            raise RenderError(
                message("the archive's file of {identifier} can't be shown as genuine", identifier=identifier)
            )
        institution_name = archived.registration.institution
        with self.plugins.institutions.choose(institution_name, self.settings) as institution:
            branding = institution.profile.branding
            view = report.view.without_birth()
            front = front_of(view, language=language, texts=self.texts, signatory=branding.signatory)
            return self.renderer.pages(front, branding=branding)[0]

    def institution_name(self, institution: str) -> LanguageMap:
        """Return what an institution calls itself.

        Raises:
            UnknownOffer: if it is unknown.
        """
        with self.plugins.institutions.choose(institution, self.settings) as chosen:
            return chosen.profile.organisation.legal_name

    def awarding_institutions(self) -> tuple[LanguageMap, ...]:
        """Return what the institutions call themselves that have a credential in the archive; without those that are not installed.

        Raises:
            ArchiveError: if the archive can't be read, or there is none.
        """
        found: list[LanguageMap] = []
        for institution in self.the_archive().institutions():
            with suppress(UnknownOffer):
                found.append(self.institution_name(institution))
        return tuple(found)

    def link(self, identifier: str) -> str:
        """Return the verification link of an identifier."""
        return f"{self.settings.base_url}/verify/{identifier}"

    def identifier_of(self, text: str) -> str | None:
        """Return the identifier that a person typed or linked, or none; never fetches."""
        found = (find_identifier(text, base_url=base) for base in self.settings.base_urls)
        return next(filter(None, found), None)

    def issue(
        self,
        records: Iterable[IntakeRecord],
        *,
        institution: str,
        formats: tuple[str, ...] = (),
        signer: str | None = None,
        replaces: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        draw: bool = False,
        publish: bool = True,
        confirmed: bool = False,
        holder_links: bool = True,
        before: Iterable[IntakeRecord] = (),
        on_progress: Progress = untold,
        on_warning: Callable[[Finding], object] = lambda _: None,
    ) -> Iterator[IssueResult]:
        """Issue the records of an export and give back what became of each, in order (see `Issuer.issue`).

        The signer's session is open until the last result was taken.

        Args:
            records: as `read` returned them.
            institution: name of the institution.
            formats: names of the formats; none means that of the settings.
            signer: name of the signer; none means that of the settings.
            replaces: identifier of the credential that the one record corrects.
            reason: why it is corrected; needed with `replaces`.
            dry_run: whether to do everything but sealing and recording, and to draw only what has to be (see `Issuer.issue`).
            draw: whether a dry run draws every award.
            publish: whether the log is published after each batch; else whoever calls has it published.
            confirmed: whether it was confirmed by a second pair of eyes, or needed none, when it was sent.
            holder_links: whether each receipt of a credential that is issued just now has its holder's link, which is told once; else it is
                made by whoever hands receipts out.
            before: records of the same file that stand before these and have one of their numbers (see `Issuer.issue`).
            on_progress: called with a phase and how many of how many awards of a batch are through it.
            on_warning: called before the first award with each thing that its sender should know by then.

        Raises:
            UnknownOffer: if a name is unknown.
            SettingsError: if the settings forbid it: no archive, no operator, a test seal without sandbox, or anything that
                would make a trap of every award (see `preflight`).
            SealError: if the signer can't be opened or fails.
            IntakeError: if a correction has more or less than one record.
            AccountError: if it needs a second pair of eyes: a batch waits for them, this doesn't.
            ArchiveError: if the archive fails.
        """
        deed = Deed.ISSUE if replaces is None else Deed.REPLACE
        if (
            not (dry_run or confirmed)
            and self.archive is not None
            and self.proposals.needed(deed, institution)
        ):
            raise AccountError(
                message(
                    "issuing for {institution} needs a second pair of eyes; `mikrocert batch send` proposes it",
                    institution=institution,
                )
            )
        with self._issuer(
            institution, formats=formats, signer=signer, on_progress=on_progress, on_warning=on_warning
        ) as issuer:
            if holder_links:
                issuer = attrs.evolve(issuer, holder_link=self.sharing.holder_link)  # noqa: PLW2901 - the same, and one thing more
            if not publish:
                issuer = attrs.evolve(issuer, on_batch=lambda: None)  # noqa: PLW2901 - the same, less one thing
            if self.settings.operator is not None and not dry_run:
                issuer.archive.belong(self.settings.operator.organization_identifier)
            for result in issuer.issue(
                records, replaces=replaces, reason=reason, dry_run=dry_run, draw=draw, before=before
            ):
                if not dry_run:
                    self.measures.awarded(issued=not result.refused)
                yield result

    def renew(
        self,
        *,
        before: datetime,
        dry_run: bool = False,
        on_progress: Renewing = unseen,
        on_warning: Callable[[Finding], object] = lambda _: None,
    ) -> Iterator[Renewal]:
        """Renew the seals of the archive that end before a moment, and give back what became of each (see `Renewer.renew`).

        Args:
            before: the moment (aware).
            dry_run: whether to say what is due and do nothing.
            on_progress: called with how many credentials were gone through.
            on_warning: called with what somebody should know.

        Raises:
            SettingsError: if the archive belongs to another operator than the settings name.
            ArchiveError: if there is no archive, or it fails as a whole.
        """
        archive = self.the_archive()
        archive.require()
        renewed = False
        with self.renewing_services(dry_run=dry_run) as services:
            renewer = Renewer(
                archive=archive, envelopes=self.envelopes, services=services, on_progress=on_progress
            )
            for one in renewer.renew(before=before, at=datetime.now(UTC), dry_run=dry_run):
                renewed |= one.after is not None
                yield one
        if renewed:
            self.log.publish_changes(on_warning=on_warning)

    @contextmanager
    def renewing_services(self, *, dry_run: bool) -> Generator[Services]:
        """Give what renewing may ask of a signer: a sandbox stamps its seals itself; a real key is left alone."""
        if not self.settings.sandbox or dry_run:
            yield Services()
            return
        signers = self.plugins.signers
        with signers.choose(signers.named(self.settings.signer), self.settings) as signer:
            yield signer.services

    @contextmanager
    def _issuer(
        self,
        institution: str,
        *,
        formats: tuple[str, ...],
        signer: str | None,
        on_progress: Progress,
        on_warning: Callable[[Finding], object],
    ) -> Generator[Issuer]:
        """Open everything that issuing needs; the key is open only inside."""
        settings, archive = self.settings, self.archive
        if settings.operator is None or archive is None:
            raise SettingsError(
                message(
                    "issuing needs [operator] in {file}; its archive is archive.sqlite unless [archive] says otherwise",
                    file=settings.name,
                )
            )
        archive.require()
        names = formats or (self.plugins.formats.named(settings.format),)
        for name in names:
            self.plugins.formats.get(name)
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, settings))
            profile = chosen.profile
            with self._opening:
                issued_in = {name: self._formats[name] for name in names}
                envelopes = self._envelopes
            needed = [form.packaging.envelope for form in issued_in.values()]
            if any(form.packaging.document or form.packaging.pictures for form in issued_in.values()):
                needed.append(envelope_of_documents(self.renderer))
                demand_templates(self.renderer, profile.branding, institution=institution)
            for name in needed:
                self.plugins.envelopes.get(name)
            registry = self.plugins.signers
            session = stack.enter_context(
                registry.choose(registry.named(signer or settings.signer), settings)
            )
            identity = self._checked_identity(session)
            plan = Plan(
                base_url=settings.base_url,
                identity=identity,
                anchors=self.verifier.trust.anchors,
                listed=self.is_listed(identity, at=datetime.now(UTC)),
                institution=institution,
                mandate=profile.mandate,
                last_event=archive.last_event(),
                at=datetime.now(UTC),
            )
            _take_off(plan, on_warning=on_warning)
            securing = Securing(
                envelopes=envelopes,
                signer=session,
                identity=identity,
                services=session.services,
                measures=self.measures,
            )
            crew = self._crew(institution)
            if isinstance(crew, Crew):
                stack.enter_context(closing(crew))
            yield Issuer(
                institution=institution,
                profile=profile,
                formats=issued_in,
                securing=securing,
                renderer=self.renderer,
                languages=settings.languages,
                texts=self.texts,
                rules=rule_set(settings.rule_set),
                archive=archive,
                verifier=attrs.evolve(self.verifier, archive=None),
                link=self.link,
                crew=crew,
                on_batch=partial(self.log.publish_changes, on_warning=on_warning, securing=securing),
                on_issued=lambda receipt: self.tell(lambda observer: observer.issued(receipt)),
                on_replaced=lambda old: self.tell(
                    lambda observer: observer.replaced(old.registration, old.status)
                ),
                on_progress=on_progress,
                tracing=self.tracing,
            )

    def _crew(self, institution: str) -> Crew | ForOne | None:
        """Return processes that draw for an institution: a crew of its own, the one of all, or none where all is to be drawn here.

        What another process couldn't load is drawn here, too: a plugin that was handed to this system and isn't installed.
        """
        workers, plugins = self.settings.issue.workers, self.plugins
        renderer = plugins.renderers.named(self.settings.renderer)
        offer = plugins.institutions.offer_name(institution, self.settings)
        if workers == 0 or not (
            plugins.elsewhere("renderers", renderer) and plugins.elsewhere("institutions", offer)
        ):
            return None
        if self._confined:
            with self._opening:
                return ForOne(self._draughtsman, institution)
        return Crew(
            partial(_painting, self.settings, institution),
            workers=workers or cores(),
            limits=OF_A_DRAWING,
            lifetime=_DRAWINGS_OF_A_PROCESS,
        )

    @contextmanager
    def opened_securing(self) -> Generator[Securing]:
        """Open the signer that the settings name, to secure something; the key is open only inside.

        Raises:
            UnknownOffer, SettingsError, SealError: as `opened_signer`.
        """
        registry = self.plugins.signers
        with registry.choose(registry.named(self.settings.signer), self.settings) as session:
            identity = self._checked_identity(session)
            yield Securing(
                envelopes=self.envelopes, signer=session, identity=identity, services=session.services
            )

    @contextmanager
    def opened_signer(self) -> Generator[Identity]:
        """Open the signer that the settings name, and give who it is.

        Raises:
            UnknownOffer: if it is unknown.
            SettingsError: if it isn't the operator's, or is a test seal where there is no sandbox.
            SealError: if it can't be opened.
        """
        registry = self.plugins.signers
        with registry.choose(registry.named(self.settings.signer), self.settings) as session:
            yield self._checked_identity(session)

    def is_listed(self, identity: Identity, *, at: datetime) -> bool:
        """Return whether trusted lists stand above who seals.

        Args:
            identity: who seals.
            at: the time (aware).

        Raises:
            PluginError: if an envelope crashes.
        """
        verifier = self.verifier
        return verifier.trust.lists is not None and any(
            envelope.vouched_for(identity.certificates, trust=verifier.trust, at=at)
            for envelope in verifier.envelopes.values()
        )

    def _checked_identity(self, session: Signer) -> Identity:
        """Refuse a key that isn't the operator's, or a test key where real credentials are issued."""
        operator = self.settings.operator
        identity = session.identity
        owner = identity.owner
        if owner is None or operator is None:
            raise SettingsError(
                message("the signer names no owner; a seal certificate of the operator would")
            )
        if owner.test and not self.settings.sandbox:
            raise SettingsError(
                message("a test seal seals only where {file} says sandbox = true", file=self.settings.name)
            )
        if owner.organization_identifier != operator.organization_identifier:
            raise SettingsError(
                message(
                    "the seal belongs to {owner}, {file} names operator {operator}; they have to be the same",
                    owner=owner.organization_identifier,
                    file=self.settings.name,
                    operator=operator.organization_identifier,
                )
            )
        if keys_of((owner.x509,)) & keys_of(statement_certificates(self.settings)):
            raise SettingsError(
                message(
                    "the signer's certificate is among statements.certificates, so what it seals would never count as a credential"
                )
            )
        if self._seal_certificates and owner.x509 not in self._seal_certificates:
            raise SettingsError(
                message(
                    "the signer's certificate is not among operator.seal_certificates, so what it seals would not count as the operator's"
                )
            )
        return identity

    def read(
        self, data: bytes, *, institution: str, intake: str | None = None, encoding: str | None = None
    ) -> list[IntakeRecord]:
        """Read an export; a record at which the intake crashes is refused, and the others stay (see `read_export`).

        Args:
            data: the export as it came.
            institution: name of the institution that sends it.
            intake: name of the intake; none means the institution's own.
            encoding: encoding that a person named, or none.

        Raises:
            UnknownOffer: if a name is unknown.
            IntakeError: if the file can't be read at all.
        """
        with self.reading(institution, intake=intake, encoding=encoding) as read:
            return read(data)

    def intakes_of(self, institution: str) -> tuple[str, ...]:
        """Return the names of the intakes by which an institution may have an export read: its own, its further ones, the canonical one.

        Args:
            institution: name of the institution.

        Raises:
            UnknownOffer: if it is unknown.
        """
        with self.plugins.institutions.choose(institution, self.settings) as chosen:
            return tuple(dict.fromkeys((chosen.intake, *chosen.further_intakes, CANONICAL)))

    def read_confined(self, sent: Sent) -> list[IntakeRecord]:
        """Read something that an institution sent, in a process of its own that may not cost more than `OF_AN_EXPORT` says.

        What another process couldn't load is read here: a plugin that was handed to this system and isn't installed.

        Args:
            sent: what was sent.

        Raises:
            UnknownOffer: if a name is unknown.
            IntakeError: if it can't be read at all, or costs more than it may.
            WorkerError: if no process can be started.
        """
        if not self._reads_elsewhere(sent):
            return read_here(self, sent)
        with self._opening:
            readers = self._readers
        return readers.read(sent)

    def _reads_elsewhere(self, sent: Sent) -> bool:
        institutions, intakes = self.plugins.institutions, self.plugins.intakes
        with institutions.choose(sent.institution, self.settings) as chosen:
            intake = intakes.offer_name(sent.intake or chosen.intake, self.settings)
        institution = institutions.offer_name(sent.institution, self.settings)
        return self.plugins.elsewhere("institutions", institution) and self.plugins.elsewhere(
            "intakes", intake
        )

    @contextmanager
    def reading(
        self, institution: str, *, intake: str | None = None, encoding: str | None = None
    ) -> Generator[Callable[[bytes], list[IntakeRecord]]]:
        """Open what reads exports as `read` does, for several of them.

        Args:
            institution: name of the institution that sends them.
            intake: name of the intake; none means the institution's own.
            encoding: encoding that a person named, or none.

        Raises:
            UnknownOffer: if a name is unknown.
        """
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, self.settings))
            profile, own, catalogue = chosen.profile, chosen.intake, self.catalogue
            if catalogue is not None:
                profile = attrs.evolve(profile, types=catalogue.for_awards(institution))
            reader = stack.enter_context(self.plugins.intakes.choose(intake or own, self.settings))
            yield lambda data: read_export(data, intake=reader, profile=profile, encoding=encoding)


@contextmanager
def open_system(
    settings: Settings,
    *,
    plugins: Plugins | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    confined: bool = False,
) -> Generator[System]:
    """Assemble a system and close everything it opened.

    Args:
        settings: all settings.
        plugins: plugins already loaded; none loads those that the settings allow.
        now: tells jobs the time (aware).
        confined: whether everything is drawn in a process of its own, however little it is, as it is for workers.

    Raises:
        PluginError: if plugins contradict each other.
        SettingsError: if the settings are wrong.
    """
    if plugins is None:
        chosen = settings.plugins
        plugins = load_plugins(allow=chosen.allow, require=chosen.require, disable=chosen.disable)
    _check_sections(settings, plugins)
    with ExitStack() as stack:
        yield System(settings, plugins, stack=stack, now=now, confined=confined)


def _credentials_first(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.kind is not FileKind.CREDENTIAL))


def _take_off(plan: Plan, *, on_warning: Callable[[Finding], object]) -> None:
    """Refuse a plan with errors, all at once; tell its warnings first.

    Raises:
        SettingsError: if there are errors.
    """
    findings = preflight(plan)
    for finding in findings:
        if finding.severity is Severity.WARNING:
            on_warning(finding)
    errors = [finding.message for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise SettingsError(message("nothing was issued: {faults:semicolon}", faults=errors))


def _trusting(verifier: Verifier, anchors: Iterable[Anchor]) -> Verifier:
    """Return a verifier that trusts these anchors, too (see `with_anchors`)."""
    return attrs.evolve(verifier, trust=with_anchors(verifier.trust, anchors))


def _with_proof(verifier: Verifier, proof: bytes | None) -> Verifier:
    """Return a verifier that has the proof that came along with a file."""
    return attrs.evolve(verifier, log=attrs.evolve(verifier.log, proof=proof))


@contextmanager
def _verifying(settings: Settings) -> Generator[Callable[[bytes, datetime], Report]]:
    """Yield what verifies under these settings, in a process of its own."""
    with open_system(settings) as system:
        system.prepare()
        yield lambda data, at: system.verifier.verify(data, at=at)


@contextmanager
def _giving(settings: Settings) -> Generator[Callable[[Report, str, str, str], Statement | Message]]:
    """Yield what makes statements under these settings, in a process of its own; an error is its message."""
    with open_system(settings) as system, opened_statements(system) as state:

        def give(report: Report, file: str, statement_id: str, language: str) -> Statement | Message:
            try:
                return state(report, file, statement_id, language)
            except MikrocertError as error:
                return error.message

        yield give


@contextmanager
def _reverifying(
    settings: Settings,
) -> Generator[Callable[[str, datetime], tuple[Reverified, ...] | Message | None]]:
    """Yield what verifies the files of a credential in the archive anew, in a process of its own."""
    with open_system(settings) as system:
        archive, verifier = system.the_archive(), system.verifier
        yield lambda identifier, at: seals_of(archive, verifier, identifier, at=at)


@contextmanager
def _drawing(
    settings: Settings,
) -> Generator[Callable[[str, str, Literal["picture", "copy"]], bytes | Message]]:
    """Yield what draws pictures and copies under these settings, in a process of its own; an error is its message.

    It is called with the identifier, the language of a picture or the renderer of a copy, and which of the two it is.
    """
    with open_system(settings) as system:

        def draw(identifier: str, by: str, what: Literal["picture", "copy"]) -> bytes | Message:
            try:
                if what == "copy":
                    return system.copy(identifier, renderer=by)
                return system.picture(identifier, language=by)
            except MikrocertError as error:
                return error.message

        yield draw


@contextmanager
def _painting(settings: Settings, institution: str) -> Generator[Callable[[Front | Sheet], Sheets | Undrawn]]:
    """Yield what draws for an institution under these settings, in a process of its own."""
    with (
        open_system(settings) as system,
        system.plugins.institutions.choose(institution, settings) as chosen,
    ):
        yield partial(undrawn_or_sheets, Painter(system.renderer, chosen.profile.branding))


@contextmanager
def _painting_for_all(settings: Settings) -> Generator[Callable[[str, Front | Sheet], Sheets | Undrawn]]:
    """Yield what draws for any institution under these settings, in a process of its own."""
    with open_system(settings) as system, drawing_for_others(system) as draw:
        yield draw


@contextmanager
def _reading(settings: Settings) -> Generator[Callable[[Sent], object]]:
    """Yield what reads what institutions sent under these settings, in a process of its own."""
    with open_system(settings) as system, reading_for_others(system) as read:
        yield read


@contextmanager
def _in_copy(verifier: Verifier, archive: Archive | None) -> Generator[Callable[[bytes, datetime], Report]]:
    """Yield what verifies in a copy of the process, which shares no connection with it."""
    if archive is not None:
        archive.leave_connections()
    yield lambda data, at: verifier.verify(data, at=at)


def _check_sections(settings: Settings, plugins: Plugins) -> None:
    """Refuse sections that no offer reads, unless a plugin failed or is left out that may well be theirs."""
    unread = [
        message(
            "[{section}] (there are: {names:comma})",
            section=f"{kind}.{name}",
            names=plugins.registry(kind).names,
        )
        if plugins.registry(kind).names
        else message("[{section}] (there are none)", section=f"{kind}.{name}")
        for kind, sections in settings.offers.items()
        for name in sections
        if not plugins.registry(kind).reads(name, settings)
    ]
    whole = not plugins.failures and not plugins.skipped
    if unread and whole:
        raise SettingsError(
            message("{file}: no offer reads {sections:semicolon}", file=settings.name, sections=unread)
        )
    registry = plugins.institutions
    strange = [name for name in settings.sharing.institutions if not registry.reads(name, settings)]
    if strange and whole:
        raise SettingsError(
            message(
                "{file}: sharing.institutions: there is no institution {names:comma}; there are: {offered:comma}",
                file=settings.name,
                names=strange,
                offered=registry.names or ("–",),
            )
        )
