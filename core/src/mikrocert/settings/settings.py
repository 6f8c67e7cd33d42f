"""Settings: one mikrocert.toml, `MIKROCERT_*` overrides, secrets only by reference.

An override names a member in capitals, levels joined by two underscores: `MIKROCERT_BASE_URL`,
`MIKROCERT_ARCHIVE__URL`, `MIKROCERT_SIGNERS__PKCS12__FILE`, `MIKROCERT_FORMATS__MY_FORMAT__…` for `[formats.my-format]`. Its value is TOML where it reads as TOML, else a text.

Settings say whom to trust, so they come from where somebody put them on purpose. The file in the current folder counts
only for commands that issue or administer: the folder may be a stranger's, who sent it with a file to be verified.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

import attrs

from mikrocert.errors import FindingsError, SettingsError
from mikrocert.kinds.offer import KINDS
from mikrocert.texts import LANGUAGES, LanguageMap, Message, message

__all__ = [
    "FILE",
    "Archive",
    "CatalogueSettings",
    "ConnectionSettings",
    "FormerOperator",
    "FourEyesSettings",
    "IssueSettings",
    "JobSettings",
    "LogSettings",
    "LogsSettings",
    "MetricsSettings",
    "ObjectSettings",
    "Operator",
    "PluginSettings",
    "PrivacySettings",
    "Settings",
    "SharingSettings",
    "StatementSettings",
    "TracingSettings",
    "TrustSettings",
    "TrustedListSettings",
    "Values",
    "find_settings",
    "load_settings",
]

FILE = "mikrocert.toml"
"""Name of the settings file."""

_SYSTEM = Path("/etc/mikrocert") / FILE
_VARIABLE = "MIKROCERT_CONFIG"
_LARGEST_FILE = 1024 * 1024
_PREFIX = "MIKROCERT_"
_NOT_SETTINGS = {_VARIABLE, "MIKROCERT_SHARED", "MIKROCERT_CHROMIUM"}
_BASE_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?(/[A-Za-z0-9._~\-]+)*")


class _Wrong(FindingsError):
    pass


@attrs.frozen
class FormerOperator:
    """What the operator was before: what was issued so stays ours.

    Args:
        until: the last day on which it issued so.
        organization_identifier: the identifier that its seal certificates named then; none means the present one.
        name: its name in them; none means the present ones.
        base_url: what its verification links began with; none means the present one.
    """

    until: date
    organization_identifier: str | None = None
    name: str | None = None
    base_url: str | None = None


@attrs.frozen
class Operator:
    """Who runs the system and owns the seal.

    Args:
        name: as pages show it.
        organization_identifier: as it stands in the seal certificate (EN 319 412-1), such as `NTRCZ-12345679`.
        contact: e-mail address for questions, or none.
        homepage: its web address, or none.
        formerly: what it was before, one for each change.
        seal_certificates: PEM files with the certificates that it seals with; then nothing sealed by another one is its
            own. Relative to mikrocert.toml.
    """

    name: LanguageMap
    organization_identifier: str
    contact: str | None = None
    homepage: str | None = None
    formerly: tuple[FormerOperator, ...] = ()
    seal_certificates: tuple[str, ...] = ()

    @property
    def identifiers(self) -> frozenset[str]:
        """Its organizationIdentifiers, the present one and the former ones."""
        former = {past.organization_identifier for past in self.formerly if past.organization_identifier}
        return frozenset({self.organization_identifier, *former})


@attrs.frozen
class ConnectionSettings:
    """How connections to PostgreSQL are made and how long is waited for them; without effect on SQLite.

    Args:
        pool: how many connections are kept open for next time; ten more may be open at once.
        connect_seconds: time in which a connection has to be there.
        statement_seconds: time that one statement may take, waiting for others included.
        idle_seconds: time after which a transaction in which nothing happens is ended.
    """

    pool: int = attrs.field(default=5, validator=attrs.validators.ge(1))
    connect_seconds: int = attrs.field(default=10, validator=attrs.validators.ge(1))
    statement_seconds: int = attrs.field(default=120, validator=attrs.validators.ge(1))
    idle_seconds: int = attrs.field(default=300, validator=attrs.validators.ge(1))


@attrs.frozen
class ObjectSettings:
    """An object store with the interface of Amazon S3: it holds the larger files, encrypted; the archive's database keeps their hashes.

    Args:
        endpoint: its address, such as `https://s3.example.cz`.
        bucket: name of the bucket; it has to be there, and nobody but those who have a key may read it.
        prefix: what the names of all objects begin with, such as `production/`; an archive has a folder of its own below it.
        region: what the store calls the region that the bucket is in; most stores of one's own know only this one.
        access_key: where the access key's id is: `env:NAME` or `file:/absolute/path`.
        secret_key: where its secret is: `env:NAME` or `file:/absolute/path`; never the secret itself.
        addressing: where requests name the bucket: in the `path` of the address, or in the name of its host, `virtual`.
        authorities: PEM file with the certificates at which the chain of the store's own certificate may end; relative to mikrocert.toml. None
            means the authorities that are publicly known.
        connect_seconds: time in which a connection has to be there.
        read_seconds: time in which an answer, or more of it, has to come.
        tries: how often a request is made where the store doesn't answer or is too busy.
    """

    endpoint: str = attrs.field(validator=attrs.validators.matches_re(r"https?://[A-Za-z0-9.\-\[\]:]+/?"))
    bucket: str = attrs.field(validator=attrs.validators.matches_re(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"))
    access_key: str
    secret_key: str
    prefix: str = attrs.field(
        default="", validator=attrs.validators.matches_re(r"(\w[\w.\-]*(/\w[\w.\-]*)*/?)?", flags=re.ASCII)
    )
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"
    authorities: str | None = None
    connect_seconds: int = attrs.field(default=5, validator=attrs.validators.ge(1))
    read_seconds: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    tries: int = attrs.field(default=3, validator=[attrs.validators.ge(1), attrs.validators.le(10)])


@attrs.frozen
class Archive:
    """Where credentials are kept.

    Args:
        url: SQLAlchemy URL; a relative SQLite file is taken from the folder of mikrocert.toml.
        keys: SQLAlchemy URL of the key store, best on another host and with short-lived backups of its own; none means
            a file beside the archive's SQLite file. PostgreSQL needs one.
        connections: how connections to PostgreSQL are made.
        objects: an object store for the larger files; none means that all are in the database.
    """

    url: str = "sqlite:///archive.sqlite"
    keys: str | None = None
    connections: ConnectionSettings = ConnectionSettings()
    objects: ObjectSettings | None = None


@attrs.frozen
class LogSettings:
    """The log of what was issued, replaced, revoked and renewed.

    Args:
        origin: what the log is called, for good: an address without `https://`, such as `log.example.cz`.
        key: where its private key is: `env:NAME` or `file:/absolute/path`; never the key itself. Only who publishes has it.
        keys: public keys of logs that are known, former ones too, as `mikrocert log init` prints them.
        witnesses: public keys of witnesses, as `mikrocert log witness` prints them.
        quorum: how many of these witnesses have to have seen a head before it counts.
        folder: where the log is published; relative to mikrocert.toml. None means that its heads are only signed and kept.
        envelope: name of the envelope in which the operator's signer seals the head each time that it is published, such as
            `jades`, with the level of its own section; it needs a folder. None means that heads are not sealed.
        kept: folder in which the first sealed head of each month is kept, relative to mikrocert.toml; `mikrocert renew` renews them. None
            means that only the one that is published is kept.
    """

    origin: str | None = None
    key: str | None = None
    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    quorum: int = 0
    folder: str | None = None
    envelope: str | None = None
    kept: str | None = None


@attrs.frozen
class TimestampSettings:
    """How many time stamps the contract with time-stamp authorities gives, so that `mikrocert doctor` warns before they are used up.

    Args:
        quota: how many in each period.
        since: the first day of the contract, in UTC; periods are counted from it.
        period: how long a period is; `contract` means that the number is for all of it.
        warn_percent: from how many of a hundred on it is warned.
    """

    quota: int = attrs.field(validator=attrs.validators.ge(1))
    since: date
    period: Literal["month", "year", "contract"] = "year"
    warn_percent: int = attrs.field(default=80, validator=[attrs.validators.ge(1), attrs.validators.le(100)])


@attrs.frozen
class LogsSettings:
    """What the program tells of its own work, on standard error; it is not the log of what was issued.

    Args:
        format: how an event is written, each on a line of its own: `text` for people, `json` for programs.
    """

    format: Literal["text", "json"] = "text"


@attrs.frozen
class MetricsSettings:
    """Where Prometheus finds what is counted, at `/metrics`; whoever reaches the port can read it, so it is for this machine or a network of one's own.

    Args:
        port: port to listen on.
        host: address to listen on.
    """

    port: int = attrs.field(validator=[attrs.validators.ge(0), attrs.validators.le(65535)])
    host: str = "127.0.0.1"


@attrs.frozen
class TracingSettings:
    """Where spans go: what took how long within what. It needs `mikrocert[tracing]`; what is said there names nobody.

    Args:
        exporter: name of an OpenTelemetry exporter that is installed, such as `otlp_proto_http`; `console` is standard error. Where it sends
            spans, and how many, the environment says (`OTEL_EXPORTER_…`, `OTEL_TRACES_SAMPLER`).
    """

    exporter: str = attrs.field(validator=attrs.validators.matches_re(r"[a-z0-9_]{1,64}"))


@attrs.frozen
class TrustedListSettings:
    """Trusted lists (ETSI TS 119 612), which name whom states supervise; they are kept in a folder and used from there.

    Args:
        signers: PEM files with the certificates that the list of lists is signed with, as the Official Journal of the European
            Union publishes them; relative to mikrocert.toml.
        folder: where lists are kept, as `mikrocert trust update` fetched them; relative to mikrocert.toml.
        url: where the list of lists is; none means where the European Commission publishes it.
        territories: whose lists are fetched, as lists call them, such as `CZ` and `EL`; none means all.
    """

    signers: tuple[str, ...]
    folder: str = "trusted-lists"
    url: str | None = None
    territories: tuple[str, ...] = ()


@attrs.frozen
class TrustSettings:
    """Whom verification trusts.

    Args:
        anchors: PEM files with certificates at which a chain may end; relative to mikrocert.toml.
        organisations: those anchors below which certificates of organisations seal, too, though they don't say that they
            are for electronic seals.
        qualified: those anchors whose certificates are believed when they claim to be qualified; without effect where there are
            trusted lists, which say so themselves.
        names: names of other issuers by their organizationIdentifier, each as good as the one in the seal certificate:
            translations, former names.
        revocation: whether a seal needs data that say whether its certificates were revoked at the time that counts: `required`,
            or `if-available`; then a seal without them is trusted, and every report says so. Test seals in their sandbox never need
            them.
        revocation_hosts: names of hosts, such as `ocsp.example.cz`, that may be asked for such data where a file has none, and for
            certificates of issuers that it lacks; none means that verifying asks nobody.
        lists: trusted lists, whose services are trusted besides the anchors; none means that none are used.
    """

    anchors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    qualified: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict[str, tuple[str, ...]], hash=False)
    revocation: Literal["required", "if-available"] = "required"
    revocation_hosts: tuple[str, ...] = ()
    lists: TrustedListSettings | None = None


@attrs.frozen
class IssueSettings:
    """How awards are issued.

    Args:
        workers: how many processes draw certificates and pictures where there are more than a few; 0 draws all of them in the process
            that issues, none takes as many processes as there are processors that the program may use. A worker has everything drawn
            by one process, under limits, unless it is 0: then nothing limits what drawing an award costs it.
    """

    workers: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0))
    )


@attrs.frozen
class JobSettings:
    """What is done later, by workers.

    Args:
        lease_seconds: how long a job is its worker's without a word from it; then another one does it.
        renew_days: every day, seals are renewed that end within so many days; none means that no job renews any.
        publish_hours: every so many hours the head of the log is published, though nothing new is in it; none means that it is published
            only when something is.
        lists_hours: every so many hours trusted lists are brought up to date over the network, into the folder of the machine whose worker
            does it; none means that no job does.
        private_targets: whether webhooks may lie outside of the public network, which is so in a sandbox only.
    """

    lease_seconds: int = attrs.field(default=60, validator=attrs.validators.ge(1))
    renew_days: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    publish_hours: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    lists_hours: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    private_targets: bool = False


@attrs.frozen
class PrivacySettings:
    """How long what is personal is kept beside credentials, and whom a person can turn to.

    Args:
        batch_days: how long what institutions sent, and what became of each record, is kept after a batch has ended.
        webhook_days: how long what webhooks are told is kept, so that it can be told again.
        request_days: how long is known that a request with a key of its sender's was sent, so that it isn't done twice.
        job_days: how long jobs that were given up are kept.
        token_days: how long what has ended of clients, their tokens and assertions, is kept.
        key_backup_days: how long backups of the key store are kept; what was erased is gone once the last one is.
        key_backups: folder in which backups of the key store lie, each in a folder of its own, so that erasing lists those that still
            hold the key; relative to mikrocert.toml. None means that they lie elsewhere.
        authority: with which authority a person can lodge a complaint (GDPR, Article 77): its name, address and web; none means
            the one that the rule set names.
    """

    batch_days: int = attrs.field(default=30, validator=attrs.validators.ge(0))
    webhook_days: int = attrs.field(default=30, validator=attrs.validators.ge(0))
    request_days: int = attrs.field(default=7, validator=attrs.validators.ge(1))
    job_days: int = attrs.field(default=90, validator=attrs.validators.ge(1))
    token_days: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    key_backup_days: int = attrs.field(default=30, validator=attrs.validators.ge(0))
    key_backups: str | None = None
    authority: LanguageMap | None = None


@attrs.frozen
class FourEyesSettings:
    """What needs a second pair of eyes here, whichever institution it is for; an institution may want it for more.

    Args:
        deeds: `issue`, `replace`, `revoke`, `erase`, `approve`: then each is a proposal until somebody else confirms it.
        days: how long a proposal waits.
    """

    deeds: tuple[Literal["issue", "replace", "revoke", "erase", "approve"], ...] = ()
    days: int = attrs.field(default=14, validator=attrs.validators.ge(1))


@attrs.frozen
class SharingSettings:
    """What the permanent link of a credential shows whose holder didn't decide.

    Args:
        access: `open`: what the page shows, without birth data and files; `summary`: verdict, title and the initials of the name; `closed`:
            that there is one, and whether it was revoked or replaced.
        institutions: the same by the name of the institution, where it is another one.
    """

    access: Literal["open", "summary", "closed"] = "open"
    institutions: Mapping[str, Literal["open", "summary", "closed"]] = attrs.field(
        factory=dict[str, Literal["open", "summary", "closed"]], hash=False
    )


@attrs.frozen
class CatalogueSettings:
    """What the public catalogue is made of besides the archive.

    Args:
        register: file with a snapshot of the register in which institutions are looked up by their DEQAR ids; relative to
            mikrocert.toml. None means that nothing is looked up.
    """

    register: str | None = None


@attrs.frozen
class StatementSettings:
    """Statements about verifications, for strangers: sealed by a signer that seals nothing else.

    Args:
        signer: name of the signer, which may be a section of its own that says by `offer` which one it is; not the operator's.
        certificates: PEM files with the certificates that it seals with, the present and former ones. Whatever is sealed with one of their
            keys is a statement and never a credential.
        renderer: name of the renderer that draws them; none means the one that draws certificates. Not every one draws statements.
    """

    signer: str
    certificates: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))
    renderer: str | None = None


@attrs.frozen
class PluginSettings:
    """Which plugins may be loaded.

    Args:
        allow: names of distributions; none allows all that are installed.
        require: names of plugins or distributions without which nothing runs.
        disable: names of plugins or distributions that are not even imported.
    """

    allow: tuple[str, ...] | None = None
    require: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()


@attrs.frozen
class Values:
    """What mikrocert.toml says apart from the sections of offers.

    Args:
        base_url: address of the portal without a final slash; verification links are `<base_url>/verify/<identifier>`.
        sandbox: whether test seals may count. Never true where real credentials are issued.
        operator: who runs the system; none for one who only verifies.
        format: name of the format to issue in where none is asked for; none means the only one that is installed, or of several the usual one.
        signer: name of the signer to use; none means the only one that is installed, or of several the usual one.
        renderer: name of the renderer to use; none means the only one that is installed, or of several the usual one.
        languages: languages that certificates are drawn in, the leading one first.
        rule_set: name of the rule set that awards are judged by.
        issue: how awards are issued.
        jobs: what is done later, by workers.
        archive: where credentials are kept; none for one who only verifies.
        trust: whom verification trusts.
        log: the log of what was issued, replaced, revoked and renewed; none means that no log is known.
        timestamps: how many time stamps a contract gives; none means that nobody counts them.
        logs: what the program tells of its own work; none means that it tells only what is wrong, in words.
        metrics: where Prometheus finds what is counted; none means that nothing is.
        tracing: where spans go; none means that nothing is traced.
        statements: statements about verifications; none means that none are given.
        four_eyes: what needs a second pair of eyes here.
        privacy: how long what is personal is kept beside credentials, and whom a person can turn to.
        sharing: what the permanent link of a credential shows whose holder didn't decide.
        catalogue: what the public catalogue is made of besides the archive.
        plugins: which plugins may be loaded.
    """

    base_url: str = "http://127.0.0.1:8000"
    sandbox: bool = False
    operator: Operator | None = None
    format: str | None = None
    signer: str | None = None
    renderer: str | None = None
    languages: tuple[str, ...] = LANGUAGES
    rule_set: str = "CZ-HE-2024"
    issue: IssueSettings = IssueSettings()
    jobs: JobSettings = JobSettings()
    archive: Archive | None = None
    trust: TrustSettings = TrustSettings()
    log: LogSettings | None = None
    timestamps: TimestampSettings | None = None
    logs: LogsSettings | None = None
    metrics: MetricsSettings | None = None
    tracing: TracingSettings | None = None
    statements: StatementSettings | None = None
    four_eyes: FourEyesSettings = FourEyesSettings()
    privacy: PrivacySettings = PrivacySettings()
    sharing: SharingSettings = SharingSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    plugins: PluginSettings = PluginSettings()


@attrs.frozen
class Settings(Values):
    """All settings.

    Args:
        offers: for each kind, the sections of its offers by name; structured when an offer is chosen.
        folder: folder of mikrocert.toml, or the current one.
        file: the file that was read, absolute; none where the defaults hold.
        overridden: members that the environment overrides, sorted by variable.
    """

    offers: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict[str, Mapping[str, Any]], hash=False)
    folder: Path = attrs.field(factory=Path.cwd)
    file: Path | None = None
    overridden: tuple[str, ...] = ()

    def sections(self, kind: str) -> Mapping[str, Any]:
        """Return the sections of the offers of one kind, by name."""
        return self.offers.get(kind, {})

    @property
    def base_urls(self) -> tuple[str, ...]:
        """What verification links begin with: the present address of the portal, then those of former times."""
        former = self.operator.formerly if self.operator else ()
        return (self.base_url, *(past.base_url.rstrip("/") for past in former if past.base_url))

    def path(self, name: str) -> Path:
        """Return a file named in the settings; a relative name is taken from the folder of mikrocert.toml."""
        return self.folder / name

    @property
    def name(self) -> str:
        """The settings file for a sentence that says what has to be in it."""
        return FILE if self.file is None else str(self.file)

    @property
    def origin(self) -> Message:
        """Where the settings come from, as a sentence: every answer names it."""
        origin = message("Settings: none, the defaults hold")
        if self.file is not None:
            origin = message("Settings: {file}", file=self.file)
        if self.overridden:
            return message(
                "{settings}; overridden by the environment: {members:comma}",
                settings=origin,
                members=self.overridden,
            )
        return origin

    @property
    def archive_url(self) -> str | None:
        """SQLAlchemy URL of the archive with an absolute SQLite path, or none."""
        return None if self.archive is None else self._absolute(self.archive.url)

    @property
    def archive_keys_url(self) -> str | None:
        """SQLAlchemy URL of the archive's key store with an absolute SQLite path, or none for the usual place."""
        return (
            None if self.archive is None or self.archive.keys is None else self._absolute(self.archive.keys)
        )

    def _absolute(self, url: str) -> str:
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str(self.path(url.removeprefix(prefix)).absolute())
        return url


def _overrides(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the overrides: member in dots → text.

    Raises:
        SettingsError: if a variable names no member.
    """
    variables = [
        name for name in sorted(environment) if name.startswith(_PREFIX) and name not in _NOT_SETTINGS
    ]
    nameless = [name for name in variables if not all(name.removeprefix(_PREFIX).split("__"))]
    if nameless:
        raise SettingsError(
            message(
                "environment variables that name no setting: {variables:comma}; MIKROCERT_BASE_URL or "
                "MIKROCERT_ARCHIVE__URL would name one",
                variables=nameless,
            )
        )
    return {_member(name): environment[name] for name in variables}


def _member(variable: str) -> str:
    kind, *rest = variable.removeprefix(_PREFIX).lower().split("__")
    if kind in KINDS and rest:
        rest[0] = rest[0].replace("_", "-")  # names of offers are kebab-case, which no variable can be
    return ".".join([kind, *rest])


def _override(document: dict[str, Any], member: str, text: str) -> None:
    import tomllib  # noqa: PLC0415 - only where something is set

    *outer, last = member.split(".")
    level = document
    for name in outer:
        inner: object = level.setdefault(name, {})
        if not isinstance(inner, dict):
            raise SettingsError(
                message("override {member}: {name} is not a section", member=member, name=name)
            )
        level = cast("dict[str, Any]", inner)
    try:
        level[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        level[last] = text


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - only where something is set

    from mikrocert.settings.files import read_named_file  # noqa: PLC0415

    if not _is_there(path):
        raise SettingsError(message("there is no settings file {path}", path=path))
    try:
        data = read_named_file(path, member=FILE, most=_LARGEST_FILE)
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(
            message(
                "{path}: octet {octet} is not UTF-8; save the file in UTF-8", path=path, octet=error.start + 1
            )
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(message("{path} is not TOML: {error}", path=path, error=str(error))) from error


def find_settings(
    named: Path | None = None, *, of_folder: bool, environment: Mapping[str, str] | None = None
) -> Path | None:
    """Return the settings file that counts, or none where the defaults hold.

    The first of these: the one that is named; the one that `MIKROCERT_CONFIG` names; mikrocert.toml in the current
    folder, where that may count; the user's, `$XDG_CONFIG_HOME/mikrocert/mikrocert.toml` (XDG Base Directory
    Specification 0.8); the system's, `/etc/mikrocert/mikrocert.toml`.

    Args:
        named: the file named by `--config`, or none.
        of_folder: whether the file in the current folder counts: for what issues or administers, never for what verifies.
        environment: environment variables; none means those of the process.

    Raises:
        SettingsError: if the variable holds no absolute path: any other one would lead into whatever folder one is in.
    """
    environment = os.environ if environment is None else environment
    if named is not None:
        return named
    if environment.get(_VARIABLE):
        file = Path(environment[_VARIABLE])
        if not file.is_absolute():
            raise SettingsError(
                message(
                    "{variable} is {path}; an absolute path would be right", variable=_VARIABLE, path=file
                )
            )
        return file
    places = [Path(FILE)] if of_folder else []
    configured = Path(environment.get("XDG_CONFIG_HOME", ""))
    if configured.is_absolute():  # others are to be ignored, the specification says
        places.append(configured / "mikrocert" / FILE)
    elif environment.get("HOME"):
        places.append(Path(environment["HOME"]) / ".config" / "mikrocert" / FILE)
    return next(filter(_is_there, (*places, _SYSTEM)), None)


def _is_there(path: Path) -> bool:
    """Return whether something stands there; what may not be looked at does, so that reading it says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        pass
    return True


def load_settings(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        path: the settings file (see `find_settings`); none means the defaults.
        environment: environment variables with overrides; none means those of the process.

    Raises:
        SettingsError: if the file or an override is wrong; the message names every member.
    """
    source: Message | str = FILE if path is None else str(path)
    document: dict[str, Any] = {}
    if path is not None:
        document = _read(path)
        document.setdefault("archive", {})
    overrides = _overrides(os.environ if environment is None else environment)
    if overrides:
        source = message("{file} (overridden: {members:comma})", file=source, members=list(overrides))
    for member, text in overrides.items():
        _override(document, member, text)
    offers = {kind: document.pop(kind) for kind in KINDS if kind in document}
    wrong = [
        f"{kind}.{name}" if name else kind
        for kind, sections in offers.items()
        for name, section in _items(sections)
        if not isinstance(section, dict)
    ]
    if wrong:
        raise SettingsError(
            message(
                "{source}: a section is wanted in: {members:comma}; [signers.test] would be one",
                source=source,
                members=wrong,
            )
        )
    values = _values(document, source) if document else Values()
    members = {field.name: getattr(values, field.name) for field in attrs.fields(Values)}
    members["base_url"] = values.base_url.rstrip("/")
    if not _BASE_URL.fullmatch(members["base_url"]):
        raise SettingsError(
            message(
                "{source}: base_url is '{base_url}'; https://host.example would be right",
                source=source,
                base_url=values.base_url,
            )
        )
    file = None if path is None else path.absolute()
    return Settings(
        **members,
        offers=offers,
        folder=file.parent if file else Path.cwd(),
        file=file,
        overridden=tuple(overrides),
    )


def _values(document: dict[str, Any], source: Message | str) -> Values:
    from mikrocert.parsing.structuring import structured  # noqa: PLC0415 - heavy

    try:
        return structured(document, Values, refuse=_Wrong)
    except _Wrong as error:
        raise SettingsError(message("{source}: {error}", source=source, error=error)) from error


def _items(sections: object) -> list[tuple[str, object]]:
    return (
        list(cast("dict[str, object]", sections).items()) if isinstance(sections, dict) else [("", sections)]
    )
