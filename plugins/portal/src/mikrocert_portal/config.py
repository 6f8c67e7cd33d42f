"""What can be configured about the portal."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import attrs
from mikrocert.api import LanguageMap, message

__all__ = [
    "AccessibilityStatement",
    "ClientCertificates",
    "DeskConfig",
    "DeskOperator",
    "DeskPerson",
    "Imprint",
    "Limits",
    "PortalConfig",
    "WalletConfig",
]

_MEGABYTE = 1024 * 1024
_TOKEN_OCTETS = 16 * 1024
_MAIL: Final = attrs.validators.optional(attrs.validators.matches_re(r"[^\s@<>\"]+@[^\s@<>\"]+"))
_WEB: Final = attrs.validators.optional(attrs.validators.matches_re(r"https?://[^\s<>\"]+"))


@attrs.frozen
class Limits:
    """How much one visitor may ask for.

    Args:
        upload_megabytes: size of a file to verify.
        upload_seconds: time that an upload may take.
        pace_kilobytes: what an upload has to bring in `pace_seconds`, again and again until it is here.
        pace_seconds: time after which an upload that brought less is given up.
        uploads_megabytes: all uploads together that are in memory at one time.
        client_megabytes: the uploads of one address among them; one file is always let in.
        many_files: files that may be verified at once, chosen one by one or packed in an archive.
        many_megabytes: size of them all, as they are sent; an archive may hold four times as much.
        many_seconds: time after which those of them that were not verified yet are left.
        statements: statements about verifications that one address may be given in `statement_seconds`.
        statement_seconds: time after which it may be given as many once more.
        answers_megabytes: all answers together that are kept of one kind: about files, about many files, statements; the oldest make room.
        answer_minutes: time that the answer about an uploaded file can be read in another language.
        verifications: how many are made at one time; the others wait.
        misses: wrong identifiers that one address may ask for at once.
        miss_seconds: after which time it may ask for one more.
        unknown_seconds: time after which a wrong identifier is answered, whatever it took to find out.
        picture_seconds: time that a picture is waited for; after that the answer is that it is being drawn.
        calls: requests to the API that one address, or one key of an institution, may make in `calls_seconds`.
        calls_seconds: time after which it may make as many once more.
        award_kilobytes: size of one award that is sent to the API.
        batch_megabytes: size of a batch that is sent to the API.
        batches: batches that arrive at one time; the next ones are told that it is too busy.
        issue_seconds: time that one award is waited for; after that the answer is where to ask what became of it.
        waiting: awards that are waited for at one time; the others wait for their turn.
        sessions: people signed in to the desk at one time, and as many to wallets; the one who did nothing for longest is
            signed out for the next one.
        session_minutes: time after which somebody has to sign in again.
        idle_minutes: time after which somebody who does nothing has to sign in again.
        clients: addresses whose misses and calls are remembered.
        connections: open at one time; the next ones are told that it is too busy. There may be fewer where the system doesn't
            let the program have so many open files.
        head_seconds: time in which the head of a request has to be here.
        send_seconds: time in which a client has to take something of its answer.
        stop_seconds: time for what is being answered when the program is told to stop; it takes no new connections then.
    """

    upload_megabytes: int = attrs.field(default=16, validator=attrs.validators.ge(1))
    upload_seconds: int = attrs.field(default=120, validator=attrs.validators.ge(1))
    pace_kilobytes: int = attrs.field(default=32, validator=attrs.validators.ge(1))
    pace_seconds: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))
    uploads_megabytes: int = attrs.field(default=128, validator=attrs.validators.ge(1))
    client_megabytes: int = attrs.field(default=32, validator=attrs.validators.ge(1))
    many_files: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    many_megabytes: int = attrs.field(default=16, validator=attrs.validators.ge(1))
    many_seconds: int = attrs.field(default=120, validator=attrs.validators.ge(1))
    statements: int = attrs.field(default=100, validator=attrs.validators.ge(1))
    statement_seconds: int = attrs.field(default=3600, validator=attrs.validators.ge(1))
    answers_megabytes: int = attrs.field(default=64, validator=attrs.validators.ge(1))
    answer_minutes: int = attrs.field(default=10, validator=attrs.validators.ge(1))
    verifications: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    misses: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    miss_seconds: float = attrs.field(default=15.0, validator=attrs.validators.gt(0))
    unknown_seconds: float = attrs.field(default=0.25, validator=attrs.validators.ge(0))
    picture_seconds: float = attrs.field(default=5.0, validator=attrs.validators.ge(0))
    calls: int = attrs.field(default=600, validator=attrs.validators.ge(1))
    calls_seconds: int = attrs.field(default=60, validator=attrs.validators.ge(1))
    award_kilobytes: int = attrs.field(default=1024, validator=attrs.validators.ge(1))
    batch_megabytes: int = attrs.field(default=512, validator=attrs.validators.ge(1))
    batches: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    issue_seconds: float = attrs.field(default=10.0, validator=attrs.validators.ge(0))
    waiting: int = attrs.field(default=64, validator=attrs.validators.ge(1))
    sessions: int = attrs.field(default=1000, validator=attrs.validators.ge(1))
    session_minutes: int = attrs.field(default=480, validator=attrs.validators.ge(1))
    idle_minutes: int = attrs.field(default=30, validator=attrs.validators.ge(1))
    clients: int = attrs.field(default=50_000, validator=attrs.validators.ge(1))
    connections: int = attrs.field(default=1000, validator=attrs.validators.ge(1))
    head_seconds: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))
    send_seconds: float = attrs.field(default=30.0, validator=attrs.validators.gt(0))
    stop_seconds: float = attrs.field(default=20.0, validator=attrs.validators.gt(0))

    @property
    def upload_octets(self) -> int:
        """Size of a file to verify, in octets."""
        return self.upload_megabytes * _MEGABYTE

    @property
    def uploads_octets(self) -> int:
        """Size of all uploads in memory, in octets."""
        return self.uploads_megabytes * _MEGABYTE

    @property
    def client_octets(self) -> int:
        """Size of all uploads of one address in memory, in octets."""
        return max(self.client_megabytes, self.upload_megabytes) * _MEGABYTE

    @property
    def many_octets(self) -> int:
        """Size of all files that are verified at once, as they are sent, in octets."""
        return min(self.many_megabytes * _MEGABYTE, self.client_octets)

    @property
    def pace_octets(self) -> int:
        """What an upload has to bring in `pace_seconds`, in octets."""
        return self.pace_kilobytes * 1024

    @property
    def award_octets(self) -> int:
        """Size of one award that is sent to the API, in octets."""
        return self.award_kilobytes * 1024

    @property
    def token_octets(self) -> int:
        """Size of a request for a token, in octets."""
        return _TOKEN_OCTETS

    @property
    def batch_octets(self) -> int:
        """Size of a batch that is sent to the API, in octets."""
        return self.batch_megabytes * _MEGABYTE

    @property
    def answers_octets(self) -> int:
        """What all answers of one kind that are kept may take, in octets."""
        return self.answers_megabytes * _MEGABYTE


@attrs.frozen
class ClientCertificates:
    """How trusted proxies hand on the certificate that a client's TLS connection was made with (RFC 8705).

    Args:
        header: name of the header field; the proxy has to take away what a visitor sends under it.
        form: `rfc9440`, which is `:`, the certificate (DER) in base64, `:`; or `escaped-pem`, which is PEM in percent-encoding
            (`$ssl_client_escaped_cert` of nginx).
        base_url: address under which the proxy asks clients for certificates, without a final slash; none means that it does
            so under the setting `base_url`.
    """

    header: str = attrs.field(
        default="Client-Cert", validator=attrs.validators.matches_re(r"[A-Za-z][A-Za-z0-9-]{0,63}")
    )
    form: Literal["rfc9440", "escaped-pem"] = "rfc9440"
    base_url: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.matches_re(r"https://[^\s/?#]+(/[^\s?#]*)?")),
    )


@attrs.frozen
class DeskPerson:
    """Who may do what at the desk: one person, or everybody with an entitlement; exactly one of the two is named.

    Args:
        institution: name of the institution's offer.
        scopes: what they may do there: `issue`, `read`, `revoke`.
        subject: the person, as the identity provider calls them (`sub`).
        entitlement: a value of the claim that `claim` names.
    """

    institution: str
    scopes: tuple[Literal["issue", "read", "revoke"], ...] = attrs.field(
        validator=attrs.validators.min_len(1)
    )
    subject: str | None = None
    entitlement: str | None = None

    def __attrs_post_init__(self) -> None:
        _demand_one(self.subject, self.entitlement)


@attrs.frozen
class DeskOperator:
    """Who sees the operator's pages of the desk: one person, or everybody with an entitlement; exactly one of the two is named.

    Args:
        subject: the person, as the identity provider calls them (`sub`).
        entitlement: a value of the claim that `claim` names.
    """

    subject: str | None = None
    entitlement: str | None = None

    def __attrs_post_init__(self) -> None:
        _demand_one(self.subject, self.entitlement)


def _demand_one(subject: str | None, entitlement: str | None) -> None:
    """Refuse to name both or neither, or nobody."""
    if (subject is None) == (entitlement is None) or "" in {subject, entitlement}:
        raise ValueError(message("either subject or entitlement has to be named, and not be empty"))


@attrs.frozen
class DeskConfig:
    """The desk at which people of institutions sign in, by OpenID Connect.

    Args:
        issuer: the identity provider, by the address that it calls itself: `https://`, or `http://` on this very machine.
        client_id: under what the desk is registered there.
        client_secret: where the secret is that it got there: `env:NAME` or `file:/absolute/path`.
        ask: scopes that are asked for beside `openid`, with blanks between them.
        claim: the claim whose values are entitlements.
        people: who may do what for an institution; nobody else may do anything.
        operators: who sees how everything is, and nothing of what an institution issues; who is one acts for no institution.
    """

    issuer: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    ask: str = "profile"
    claim: str = "eduperson_entitlement"
    people: tuple[DeskPerson, ...] = ()
    operators: tuple[DeskOperator, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """Claims that are asked for at the provider where the ID token doesn't have them."""
        by_entitlement = any(person.entitlement is not None for person in self.people)
        return ("name", self.claim) if by_entitlement else ("name",)


@attrs.frozen
class WalletConfig:
    """The page on which people who sign in gather their micro-credentials, by OpenID Connect.

    Args:
        issuer: the identity provider, by the address that it calls itself: `https://`, or `http://` on this very machine.
        client_id: under what the page is registered there.
        client_secret: where the secret is that it got there: `env:NAME` or `file:/absolute/path`.
        pseudonym_secret: where the secret is, of at least 32 characters, under which a pseudonym is made of who signs in:
            `env:NAME` or `file:/absolute/path`. Under another one, everybody begins anew.
        ask: scopes that are asked for beside `openid`, with blanks between them; nothing beyond who somebody is is needed.
    """

    issuer: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    pseudonym_secret: str = attrs.field(repr=False)
    ask: str = ""

    @property
    def claim(self) -> None:
        """There is none: nobody is given rights here."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """There are none: nothing of a person but who they are is read."""
        return ()


@attrs.frozen
class AccessibilityStatement:
    """What the operator states of how accessible the site is (Directive (EU) 2016/2102, Article 7; Implementing Decision (EU) 2018/1523).

    Args:
        conformance: with what the act demands: `full`, `partial`, or `none`.
        prepared: the day on which the statement was prepared.
        reviewed: the day on which it was last reviewed; none means not since.
        assessed_by: who found out: `operator`, by itself, or `others`, an assessment by somebody else.
        exceptions: what is not accessible and why, a text each; needed unless conformance is full.
        contact: e-mail address for who meets an obstacle; none means that of the operator.
        authority: who enforces the act: name and web; none means the authority that the rule set names.
    """

    conformance: Literal["full", "partial", "none"]
    prepared: date
    reviewed: date | None = None
    assessed_by: Literal["operator", "others"] = "operator"
    exceptions: tuple[LanguageMap, ...] = ()
    contact: str | None = attrs.field(default=None, validator=_MAIL)
    authority: LanguageMap | None = None

    def __attrs_post_init__(self) -> None:
        if (self.conformance == "full") == bool(self.exceptions):
            raise ValueError(
                message(
                    "conformance is full where there are no exceptions, and not full where there are some"
                )
            )
        if self.reviewed is not None and self.reviewed < self.prepared:
            raise ValueError(message("reviewed is a day before prepared"))

    @property
    def day(self) -> date:
        """The day as of which it holds."""
        return self.reviewed or self.prepared


@attrs.frozen
class Imprint:
    """What the help says of the operator beside its name; what isn't set isn't said.

    Args:
        address: postal address.
        phone: phone number, as people dial it.
        more: further ways to reach the operator, such as a data box, a text each.
        press: e-mail address for journalists.
        institutions: e-mail address for universities that want to take part.
        data_protection_officer: name and contact of the operator's data protection officer.
        privacy_notice: web address of what the operator tells of the processing of personal data (GDPR, Articles 13 and 14).
        accessibility: the accessibility statement.
    """

    address: LanguageMap | None = None
    phone: str | None = None
    more: tuple[LanguageMap, ...] = ()
    press: str | None = attrs.field(default=None, validator=_MAIL)
    institutions: str | None = attrs.field(default=None, validator=_MAIL)
    data_protection_officer: LanguageMap | None = None
    privacy_notice: str | None = attrs.field(default=None, validator=_WEB)
    accessibility: AccessibilityStatement | None = None


@attrs.frozen
class PortalConfig:
    """Settings of the portal, `[commands.serve]`.

    Args:
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        name: name of the site in its header; none takes it from the setting `base_url`.
        trusted_proxies: addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto
            are believed; none are believed otherwise.
        client_certificates: how they hand on certificates of clients; none are believed otherwise.
        workers: how many processes serve; one that ends is replaced. Each has its own `verifications`, `connections`,
            `uploads_megabytes` and `client_megabytes`; misses, calls and answers are those of all.
        jobs: whether jobs are done by a process beside the one that serves, so that nobody has to run `mikrocert work`. That process
            has the key that seals, so it is for a machine on which one program does everything; only where one process serves.
        desk: the desk of institutions; there is none unless this says so.
        wallet: the page on which people who sign in gather their micro-credentials; there is none unless this says so.
        imprint: what the help says of the operator.
        limits: how much one visitor may ask for.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=8000, validator=[attrs.validators.ge(0), attrs.validators.le(65535)])
    name: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    client_certificates: ClientCertificates | None = None
    workers: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    jobs: bool = False
    desk: DeskConfig | None = None
    wallet: WalletConfig | None = None
    imprint: Imprint = attrs.field(factory=Imprint)
    limits: Limits = Limits()
