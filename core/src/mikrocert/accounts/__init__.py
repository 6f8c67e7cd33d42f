"""Accounts of institutions: how far each is on its way to production, its keys, and who did what.

An account is a row that changes; each change is an act (`mikrocert.archive.acts`) in the same transaction, and acts only append.
A sandbox and a production instance are two archives: the way from `sandbox` to `approved` is gone in the sandbox, and what its
operator wrote down there (`Approval`) opens the account in production.
"""

from mikrocert.accounts.accounts import Accounts
from mikrocert.accounts.approval import Approval
from mikrocert.accounts.clients import Client, Clients, Grant
from mikrocert.accounts.jwks import CLIENT_ALGORITHMS
from mikrocert.accounts.people import PERSON, actor_called, system_user
from mikrocert.accounts.proposals import Proposal, ProposalState, ProposalStore
from mikrocert.accounts.values import (
    DEED_WORDS,
    STAGE_WORDS,
    Account,
    ApiKey,
    Caller,
    Deed,
    MandateRecord,
    NewApiKey,
    Scope,
    Stage,
)

__all__ = [
    "CLIENT_ALGORITHMS",
    "DEED_WORDS",
    "PERSON",
    "STAGE_WORDS",
    "Account",
    "Accounts",
    "ApiKey",
    "Approval",
    "Caller",
    "Client",
    "Clients",
    "Deed",
    "Grant",
    "MandateRecord",
    "NewApiKey",
    "Proposal",
    "ProposalState",
    "ProposalStore",
    "Scope",
    "Stage",
    "actor_called",
    "system_user",
]
