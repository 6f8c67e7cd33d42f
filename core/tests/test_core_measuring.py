"""What is counted for Prometheus, and where it is found."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from threading import Thread

import attrs
import pytest
from mikrocert.errors import ArchiveError, SettingsError, UnknownIdentifier
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import Finding
from mikrocert.service.measuring import Measures, exposing
from mikrocert.service.system import open_system
from mikrocert.settings import Archive, MetricsSettings
from mikrocert.testing.examples import example_award
from mikrocert.texts import message

HERE = MetricsSettings(port=0)


@pytest.fixture
def settings(toy, tmp_path, empty_archive):
    import shutil

    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    return toy.settings(tmp_path, metrics=HERE)


@contextmanager
def found_at(exposed):
    """Give what asks there and returns each figure by its name and labels."""
    Thread(target=exposed.serve, daemon=True).start()

    def ask():
        with urllib.request.urlopen(exposed.address, timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return {
            name: float(value)
            for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
        }

    yield ask


def test_what_is_done_is_counted(toy, settings):
    """Awards by what became of them, seals with their time, verifications by verdict, and how much the archive has."""
    refused = IntakeRecord(2, findings=(Finding.error("wrong", "it is wrong"),))
    with open_system(settings, plugins=toy.plugins()) as system, system.exposing() as exposed:
        results = list(system.issue([IntakeRecord(1, award=example_award()), refused], institution="toy"))
        list(system.issue([IntakeRecord(1, award=example_award())], institution="toy", dry_run=True))
        system.verify_archived(results[0].receipt.registration.identifier)
        system.verify(b"nonsense")
        with pytest.raises(UnknownIdentifier):
            system.verify_archived("K7mQx4Rt9bHz")
        with found_at(exposed) as ask:
            figures = ask()
    assert figures['mikrocert_awards_total{outcome="issued"}'] == 1
    assert figures['mikrocert_awards_total{outcome="refused"}'] == 1
    assert figures["mikrocert_sealed_files_total"] == 2
    assert figures["mikrocert_sealing_seconds_count"] == 2
    assert figures['mikrocert_verifications_total{verdict="unusable"}'] == 1
    assert (
        sum(value for name, value in figures.items() if name.startswith("mikrocert_verifications_total")) == 2
    )
    assert figures["mikrocert_archive_credentials"] == 1
    assert figures["mikrocert_archive_octets"] > 0
    assert figures["mikrocert_archive_readable"] == 1


def test_an_archive_that_can_not_be_read_is_a_figure(toy, settings):
    """And the others are there all the same."""
    settings = attrs.evolve(settings, archive=Archive("sqlite:///jiný.sqlite"))
    with (
        open_system(settings, plugins=toy.plugins()) as system,
        system.exposing() as exposed,
        found_at(exposed) as ask,
    ):
        system.verify(b"nonsense")
        figures = ask()
    assert figures["mikrocert_archive_readable"] == 0
    assert figures['mikrocert_verifications_total{verdict="unusable"}'] == 1
    assert "mikrocert_archive_credentials" not in figures


def test_how_long_queues_are_is_told(toy, settings):
    """Jobs that wait, are being done and were given up, by task; and what webhooks are yet to be told, by kind."""
    from mikrocert.jobs import Job

    with open_system(settings, plugins=toy.plugins()) as system, system.exposing() as exposed:
        system.queue.add(Job("lost"))
        system.queue.fail(system.queue.take("w"), fault="OSError", give_up=True)
        system.queue.add(Job("slow"), Job("slow"), Job("slow"), Job("other"))
        system.queue.take("w")
        with found_at(exposed) as ask:
            figures = ask()
    assert figures['mikrocert_jobs_failed{task="lost"}'] == 1
    assert figures['mikrocert_jobs_running{task="slow"}'] == 1
    assert figures['mikrocert_jobs_waiting{task="slow"}'] == 2
    assert figures['mikrocert_jobs_waiting{task="other"}'] == 1
    assert not [
        name
        for name in figures
        if name.startswith(('mikrocert_jobs_waiting{task="lost', "mikrocert_webhooks"))
    ]


def test_who_may_read_no_queue_tells_the_rest():
    """What only shows pages has no right to read jobs; the archive is readable for it."""

    def refused():
        raise ArchiveError(message("permission denied"))

    measures = Measures(wanted=True)
    figures = {"archive_credentials": 3}
    with (
        exposing(HERE, measures=measures, figures=lambda: figures, queues=refused) as exposed,
        found_at(exposed) as ask,
    ):
        found = ask()
    assert (found["mikrocert_archive_readable"], found["mikrocert_archive_credentials"]) == (1, 3)
    assert not [name for name in found if name.startswith("mikrocert_jobs")]


def test_nothing_else_is_found_there():
    """Another address of the port is not found."""
    with exposing(HERE, measures=Measures(wanted=True), figures=dict) as exposed, found_at(exposed):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(exposed.address.removesuffix("metrics"), timeout=60)
        caught.value.close()
    assert caught.value.code == 404


def test_a_port_that_is_taken_is_told():
    """By the setting that names it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        settings = MetricsSettings(port=taken.getsockname()[1])
        with (
            pytest.raises(SettingsError, match=r"metrics\.port: can't listen on 127\.0\.0\.1"),
            exposing(settings, measures=Measures(wanted=True), figures=dict),
        ):
            pass


def test_without_the_setting_nothing_is_counted_and_nobody_listens(toy, settings):
    """It is off unless somebody wants it."""
    settings = attrs.evolve(settings, metrics=None)
    with open_system(settings, plugins=toy.plugins()) as system, system.exposing() as exposed:
        assert exposed is None
        assert not system.measures.wanted
        system.verify(b"nonsense")
