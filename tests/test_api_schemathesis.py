"""Schemathesis, which is not ours, holds the interface against its own document: no fault of ours, no answer that isn't described."""

from __future__ import annotations

import shutil
from threading import Thread

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from mikrocert.jobs import Worker
from mikrocert.service.system import open_system
from mikrocert.service.workforce import worker_name
from mikrocert.settings import load_settings
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

LIMITS = Limits(misses=100_000, calls=1_000_000, unknown_seconds=0, issue_seconds=0)
NOT_ASKED = {
    # Every request is sent with a key; that none is let in without one has a test of its own.
    "": [ignored_auth],
    # Octets are drawn without counting how many there have to be, and an empty file is none; where there are to be none, two
    # quotation marks are sent, which are a file.
    "POST /verify": [positive_data_acceptance, negative_data_rejection],
    # Which parts of a form are files, their names say, which are no part of the schema; and octets that are drawn are no archive.
    "POST /verify/many": [positive_data_acceptance, negative_data_rejection],
    # What is valid says the rule set, not the schema alone; a worker asks it, whom nobody waits for here.
    "POST /awards": [positive_data_acceptance, negative_data_rejection],
    "POST /credentials/{identifier}/replace": [positive_data_acceptance, negative_data_rejection],
    "POST /credentials/{identifier}/revoke": [positive_data_acceptance],
    # A cursor is one that was given out.
    "GET /credentials": [positive_data_acceptance],
    # Who proves nothing gets no token.
    "POST /token": [positive_data_acceptance],
    # What is a type that can be kept, the rules say; and each change is one of the type in the address,
    # which is looked at last: before, 412 says that another version than the newest was named, and is no refusal to the judge.
    "POST /types": [positive_data_acceptance, negative_data_rejection],
    "PUT /types/{type}": [positive_data_acceptance, negative_data_rejection],
    # An export is read by a job.
    "POST /batches": [positive_data_acceptance, negative_data_rejection],
}


@pytest.fixture(scope="module")
def interface(demo, tmp_path_factory):
    """Return the interface over a copy of the demo, and its key."""
    load_all_checks()
    folder = tmp_path_factory.mktemp("schemathesis") / "demo"
    shutil.copytree(demo, folder)
    with open_system(load_settings(folder / "mikrocert.toml")) as system:
        worker = Worker(system.queue, system.tasks, changes=system.batches.changes, name=worker_name())
        thread = Thread(target=worker.run)
        thread.start()
        application = create_app(system, config=PortalConfig(limits=LIMITS))
        yield (
            schemathesis.openapi.from_asgi("/api/v1/openapi.json", application),
            (folder / "api-key.txt").read_text().strip(),
        )
        worker.stop()
        thread.join()


def hold(interface, examples):
    """Hold every operation against what the document says of it, with so many requests that fit it and as many that don't."""
    schema, key = interface
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        for mode in GenerationMode:
            _hold(operation, mode, key=key, examples=examples)


def _hold(operation, mode, *, key, examples):
    headers = {"authorization": f"Bearer {key}", "accept-language": "en"}
    left_out = [*NOT_ASKED[""], *NOT_ASKED.get(operation.label, [])]

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def every(case):
        case.call_and_validate(headers=headers, excluded_checks=left_out, timeout=600)

    every()


@pytest.mark.judges
def test_every_answer_is_one_that_the_document_describes(interface):
    """Whatever fits an operation, or doesn't, is answered as the document says."""
    hold(interface, 6)


@pytest.mark.long
def test_thousands_of_answers_are_such_as_the_document_describes(interface):
    """The same, for thousands of requests."""
    hold(interface, 100)
