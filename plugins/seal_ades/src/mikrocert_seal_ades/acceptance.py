"""Who is known to accept a seal, by its profile, its level and its algorithm; what nobody tried is said to be unknown.

Three judges: Europass (EDC), as far as its official samples of 2023 to 2025 show; DSS 6.4, the European Commission's validator, as
far as our tests ask it; ETSI TS 119 312 v1.5.1, by our own policy (`pki.policy`).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.api import Finding, Message, message

from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki import timestamps
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.asking import TimeStampClient
from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.lasting import lasts_until
from mikrocert_seal_ades.pki.policy import POLICY
from mikrocert_seal_ades.pki.rfc3161 import Imprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Examination

    from mikrocert_seal_ades.config import JadesConfig, PadesConfig

__all__ = ["algorithm_findings", "clock_finding", "jades_findings", "lasting_finding", "pades_findings"]

_SOON: Final = timedelta(days=365)
_OFF: Final = timedelta(seconds=3)
_A_SECOND: Final = timedelta(seconds=1)
_KINDS: Final = {"PKCS1": "rsassa_pkcs1v15", "PSS": "rsassa_pss", "ECDSA": "ecdsa"}

_PROFILES: Final = {
    "edc-legacy": message(
        "Europass has it in its samples; DSS 6.4 reads it and doesn't call what is made after 15 July 2025 a JAdES seal"
    ),
    "ts119182-1.2.1": message("DSS 6.4 accepts it; whether Europass does is not known"),
}
_LEVELS: Final = {
    "B-B": message(
        "DSS 6.4 accepts it as long as the seal certificate lasts; whether Europass does is not known, its samples are B-LTA"
    ),
    "B-T": message("DSS 6.4 accepts it; one of the samples of Europass has it"),
    "B-LT": message("DSS 6.4 accepts it; whether Europass does is not known, its samples are B-LTA"),
    "B-LTA": message("DSS 6.4 accepts it, and the samples of Europass have it"),
}


def jades_findings(config: JadesConfig, examination: Examination) -> Iterator[Finding]:
    """Yield who is known to accept what `[envelopes.jades]` says and, over the network, which time-stamp authorities answer."""
    tables: tuple[tuple[str, str | None, dict[str, Message]], ...] = (
        ("profile", config.profile, _PROFILES),
        ("level", config.level, _LEVELS),
    )
    for member, value, table in tables:
        if value is None:
            yield Finding.info(
                f"no-{member}",
                "nothing is said, which is enough for test seals; a real seal needs one of {values:comma}",
                path=member,
                values=list(table),
            )
        else:
            yield Finding.info(member, "{value}: {who}", path=member, value=value, who=table[value])
    if config.content_timestamp and not config.timestamps:
        yield Finding.error(
            "no-timestamps",
            "a time stamp of the content needs {member}, which names nobody who makes them",
            path="content_timestamp",
            member="[envelopes.jades] timestamps",
        )
    yield from _stamping(config, examination, section="[envelopes.jades]")


def pades_findings(config: PadesConfig, examination: Examination) -> Iterator[Finding]:
    """Yield what `jades_findings` does, of `[envelopes.pades]`; Europass takes no PDFs."""
    if config.level is not None:
        yield Finding.info(
            "level", "{value}: {who}", path="level", value=config.level, who=message("DSS 6.4 accepts it")
        )
    yield from _stamping(config, examination, section="[envelopes.pades]")


def _stamping(
    config: JadesConfig | PadesConfig, examination: Examination, *, section: str
) -> Iterator[Finding]:
    if config.level not in {None, "B-B"} and not config.timestamps and examination.sandbox:
        yield Finding.info(
            "no-timestamps", "nobody is named, so a sandbox makes them itself", path="timestamps"
        )
    elif config.level not in {None, "B-B"} and not config.timestamps:
        yield Finding.error(
            "no-timestamps",
            "level {level} needs time stamps, and {member} names nobody who makes them",
            path="timestamps",
            level=config.level,
            member=f"{section} timestamps",
        )
    if examination.network:
        yield from _authorities(config, at=examination.at)


def _authorities(config: JadesConfig | PadesConfig, *, at: datetime) -> Iterator[Finding]:
    for place, url in enumerate(config.timestamps):
        path = f"timestamps[{place}]"
        try:
            client = TimeStampClient.over_http([url], policy=config.timestamp_policy)
            since = datetime.now(UTC)
            (octets,) = client.stamp([Imprint.of(b"mikrocert doctor")])
            token = timestamps.read(octets)
            clock = clock_finding(token.time, since=since, until=datetime.now(UTC), url=url, path=path)
        except ServiceError as fault:
            yield Finding.error(
                "timestamps",
                "{url} makes no time stamp: {problem}",
                path=path,
                url=url,
                problem=message_of(fault.problems[0]),
            )
        else:
            yield Finding.info("timestamps", "{url} makes time stamps", path=path, url=url)
            yield clock
            unit = token.unit()
            if unit is not None:
                end = lasts_until(unit, algorithm="", stamps=[(token, unit)], archived=True)
                yield lasting_finding(end, at=at, url=url, path=path)


def lasting_finding(end: datetime, *, at: datetime, url: str, path: str) -> Finding:
    """Return until when what an authority time-stamps today proves anything; a warning in the last year.

    Args:
        end: when the certificate of its unit ends, or its algorithm.
        at: the present time (aware).
        url: of the authority.
        path: the member that names it.
    """
    if end - at < _SOON:
        return Finding.warning(
            "timestamps-end",
            "what {url} time-stamps today has to be renewed before {end}; ask when its next certificate comes, or name another authority",
            path=path,
            url=url,
            end=end,
        )
    return Finding.info(
        "timestamps-end", "what {url} time-stamps today lasts until {end}", path=path, url=url, end=end
    )


def clock_finding(time: datetime, *, since: datetime, until: datetime, url: str, path: str) -> Finding:
    """Return whether the clock agrees with that of a time-stamp authority, which tells whole seconds.

    Args:
        time: what the authority said.
        since: what the clock showed here when it was asked.
        until: what the clock showed here when it had answered.
        url: of the authority.
        path: the member that names it.
    """
    off = time - until if time > until else since - time - _A_SECOND
    if off <= _OFF:
        return Finding.info("clock", "the clock agrees with that of {url}", path=path, url=url)
    return Finding.warning(
        "clock-off",
        "the clock differs from that of {url} by {seconds} seconds at least; see that time is synchronised (NTP), on this machine first",
        path=path,
        url=url,
        seconds=math.ceil(off.total_seconds()),
    )


def algorithm_findings(name: str, *, at: datetime) -> Iterator[Finding]:
    """Yield who is known to accept an algorithm, and until when; a warning in its last year.

    Args:
        name: name of the algorithm (RFC 7518, 3.1), one that seals may have.
        at: the present time (aware).
    """
    uses = [use for use in POLICY.uses if use.kind == _KINDS[ALGORITHMS[name].kind]]
    ends = [use.until for use in uses if use.until is not None]
    lasting = [use.bits for use in uses if use.until is None]
    europass = (
        message("Europass has it in its samples")
        if name == "RS256"
        else message("whether Europass does is not known, its samples have RS256")
    )
    if not ends:
        yield Finding.info(
            "algorithm",
            "{algorithm}: TS 119 312 and DSS 6.4 accept it without an end; {europass}",
            path="algorithm",
            algorithm=name,
            europass=europass,
        )
        return
    end = max(ends)
    if lasting:
        yield Finding.info(
            "algorithm",
            "{algorithm}: TS 119 312 and DSS 6.4 accept it without an end for keys of {bits} bits and more, for shorter ones "
            "until {end}; {europass}",
            path="algorithm",
            algorithm=name,
            bits=min(lasting),
            end=end.date(),
            europass=europass,
        )
        return
    if end - at < _SOON:
        yield Finding.warning(
            "algorithm",
            "{algorithm}: TS 119 312 and DSS 6.4 accept it until {end}; a key for PS256 or ES256 would be right",
            path="algorithm",
            algorithm=name,
            end=end.date(),
        )
        return
    yield Finding.info(
        "algorithm",
        "{algorithm}: TS 119 312 and DSS 6.4 accept it until {end}; {europass}",
        path="algorithm",
        algorithm=name,
        end=end.date(),
        europass=europass,
    )
