"""Rows of accounts and keys: how they are read, added and changed within a transaction."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import insert, select, update

from mikrocert.accounts.networks import read_network
from mikrocert.accounts.secrets import hash_of
from mikrocert.accounts.values import Account, ApiKey, Deed, MandateRecord, Scope, Stage
from mikrocert.archive.acts import read_acts
from mikrocert.archive.tables import accounts as account_table
from mikrocert.archive.tables import api_keys
from mikrocert.award.identifiers import is_identifier
from mikrocert.errors import AccountError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from mikrocert.accounts.values import Entrance

__all__ = [
    "account_in",
    "account_of",
    "conformance_of",
    "day_of",
    "deeds_of",
    "entrance_details",
    "entrance_of",
    "entrance_values",
    "insert_account",
    "insert_key",
    "joined_deeds",
    "joined_networks",
    "joined_scopes",
    "key_in",
    "key_of",
    "mandate_columns",
    "mandate_details",
    "move_account",
    "scopes_of",
    "update_account",
    "update_key",
    "with_account",
]


def account_in(connection: Connection, institution: str) -> Account:
    """Return the account of an institution.

    Raises:
        AccountError: if it has none.
    """
    wanted = select(account_table).where(account_table.c.institution == institution)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise AccountError(
            message(
                "{institution} has no account; `mikrocert institution add` opens one", institution=institution
            )
        )
    return account_of(row)


def account_of(row: Row[Any]) -> Account:
    """Return the account that a row is of."""
    mandate = None
    if row.mandate_document is not None:
        mandate = MandateRecord(
            row.mandate_document, date.fromisoformat(row.mandate_since), day_of(row.mandate_until)
        )
    return Account(
        row.institution, Stage(row.stage), row.since, row.suspended_at, mandate, deeds_of(row.four_eyes)
    )


def deeds_of(text: str | None) -> frozenset[Deed]:
    """Return the deeds that a column names."""
    return frozenset(map(Deed, (text or "").split()))


def joined_deeds(deeds: Iterable[Deed]) -> str:
    """Return the column that names these deeds."""
    return " ".join(sorted(deed.value for deed in deeds))


def insert_account(connection: Connection, institution: str, stage: Stage, at: datetime) -> None:
    """Add an account.

    Raises:
        AccountError: if there is one.
    """
    there = select(account_table.c.institution).where(account_table.c.institution == institution)
    if connection.execute(there).one_or_none() is not None:
        raise AccountError(message("{institution} has an account already", institution=institution))
    connection.execute(
        insert(account_table).values(institution=institution, stage=stage.value, since=at, suspended_at=None)
    )


def move_account(connection: Connection, institution: str, stage: Stage, at: datetime) -> None:
    """Move an account to a stage."""
    update_account(connection, institution, stage=stage.value, since=at)


def update_account(connection: Connection, institution: str, **values: Any) -> None:  # noqa: ANN401 - of columns
    """Change columns of an account."""
    connection.execute(
        update(account_table).where(account_table.c.institution == institution).values(**values)
    )


def conformance_of(connection: Connection, institution: str) -> tuple[str, ...]:
    """Return the hashes of the exports of the last run in which an institution conformed."""
    passed = [
        act.details.get("files", ())
        for act in read_acts(connection, deed="institution conform", subject=institution)
        if act.details.get("conforms")
    ]
    return tuple(passed[-1]) if passed else ()


def mandate_columns(mandate: MandateRecord) -> dict[str, str | None]:
    """Return the columns of an account that say a mandate."""
    return {
        "mandate_document": mandate.document,
        "mandate_since": mandate.since.isoformat(),
        "mandate_until": None if mandate.until is None else mandate.until.isoformat(),
    }


def mandate_details(mandate: MandateRecord) -> dict[str, str | None]:
    """Return what an act says of a mandate."""
    return {name.removeprefix("mandate_"): value for name, value in mandate_columns(mandate).items()}


def key_in(connection: Connection, identifier: str) -> ApiKey:
    """Return a key.

    Raises:
        AccountError: if there is none with this identifier.
    """
    row = None
    if is_identifier(identifier):
        row = connection.execute(select(api_keys).where(api_keys.c.identifier == identifier)).one_or_none()
    if row is None:
        raise AccountError(message("there is no key {key}; `mikrocert key list` names all", key=identifier))
    return key_of(row)


def with_account(identifier: str) -> Any:  # noqa: ANN401 - a statement
    """Return what selects a key and its account, in one row."""
    both = api_keys.join(account_table)
    accounts = [column for column in account_table.c if column.name != "institution"]
    return select(*api_keys.c, *accounts).select_from(both).where(api_keys.c.identifier == identifier)


def key_of(row: Row[Any]) -> ApiKey:
    """Return the key that a row is of."""
    return ApiKey(**entrance_of(row), replaced_by=row.replaced_by, used_on=day_of(row.used_on))


def entrance_of(row: Row[Any]) -> dict[str, Any]:
    """Return what a key and a client have in common."""
    return {
        "identifier": row.identifier,
        "institution": row.institution,
        "scopes": scopes_of(row),
        "networks": tuple(map(read_network, row.networks.split())),
        "note": row.note,
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
    }


def entrance_values(one: Entrance) -> dict[str, Any]:
    """Return the columns of a key or a client."""
    return attrs.asdict(one, recurse=False) | {
        "scopes": joined_scopes(one.scopes),
        "networks": joined_networks(one.networks),
    }


def insert_key(connection: Connection, key: ApiKey, secret: str) -> None:
    """Add a key."""
    connection.execute(insert(api_keys).values(**entrance_values(key), hash=hash_of(secret)))


def joined_networks(networks: Iterable[object]) -> str:
    """Return networks as a column has them."""
    return " ".join(map(str, networks))


def update_key(connection: Connection, identifier: str, **values: Any) -> None:  # noqa: ANN401 - of columns
    """Change columns of a key."""
    connection.execute(update(api_keys).where(api_keys.c.identifier == identifier).values(**values))


def entrance_details(one: Entrance) -> dict[str, Any]:
    """Return what an act says of a key or a client."""
    return {
        "institution": one.institution,
        "scopes": sorted(scope.value for scope in one.scopes),
        "networks": [str(network) for network in one.networks],
        "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
        "note": one.note,
    }


def day_of(text: str | None) -> date | None:
    """Return the day that a column has."""
    return None if text is None else date.fromisoformat(text)


def joined_scopes(scopes: Iterable[Scope]) -> str:
    """Return scopes as a column has them."""
    return " ".join(sorted(scope.value for scope in scopes))


def scopes_of(row: Row[Any]) -> frozenset[Scope]:
    """Return the scopes that a row has."""
    return frozenset(map(Scope, row.scopes.split()))
