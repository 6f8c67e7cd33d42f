"""Spans: where they go, what of an error they have, and that they cost nothing where nobody wants them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import attrs
import pytest
from mikrocert.errors import SettingsError
from mikrocert.jobs.queue import Job, Taken
from mikrocert.jobs.worker import Task, Worker
from mikrocert.service.system import open_system
from mikrocert.settings import TracingSettings
from mikrocert.texts import message
from mikrocert.tracing import NO_TRACING, span
from mikrocert.tracing.exporting import ExportedTracing, exported_tracing
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return ExportedTracing(provider)


def shapes(exporter):
    """Give name and name of what is around it, of each span in the order in which they ended."""
    spans = exporter.get_finished_spans()
    names = {one.get_span_context().span_id: one.name for one in spans}
    return [(one.name, names.get(one.parent.span_id, "?") if one.parent else None) for one in spans]


def test_what_is_done_on_the_way_is_within_what_began(tracing, exporter):
    """Also in threads that have a copy of the context; what is done outside goes nowhere."""
    with span("before"):
        pass
    with tracing.span("outer", {"mikrocert.awards": 2}):
        with span("inner"), span("innermost"):
            pass
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, _one_span).result()
    with span("after"):
        pass
    assert shapes(exporter) == [
        ("innermost", "inner"),
        ("inner", "outer"),
        ("in a thread", "outer"),
        ("outer", None),
    ]


def _one_span():
    with span("in a thread"):
        pass


def test_of_an_error_there_is_its_class_and_nothing_that_it_says(tracing, exporter):
    """In every span that it passes, and as no event."""
    with pytest.raises(SettingsError), tracing.span("outer"), span("inner"):
        raise SettingsError(message("Růžena Řezníčková"))
    for one in exporter.get_finished_spans():
        assert one.attributes["error.type"] == "SettingsError"
        assert not one.status.is_ok
        assert "Růžena" not in one.to_json().encode().decode("unicode_escape")
        assert one.events == ()


PARENTS = {  # value of traceparent → the number of the trace that goes on, or none
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": "0af7651916cd43dd8448eb211c80319c",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01": None,
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01": None,
    "0af7651916cd43dd8448eb211c80319c": None,
    "": None,
    "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01": None,
    "Růžena": None,
}


@pytest.mark.parametrize("parent", PARENTS)
def test_a_trace_goes_on_only_from_what_is_one(tracing, exporter, parent):
    """Whatever else somebody says, the trace begins here, and nothing of it is kept."""
    with tracing.span("outer", parent=parent) as outer:
        number = outer.trace
    if PARENTS[parent] is None:
        assert exporter.get_finished_spans()[0].parent is None
        assert number not in parent.lower()
    else:
        assert number == PARENTS[parent]


def test_where_nobody_wants_it_there_is_one_span_that_is_told_to_nobody():
    """Always the same one, which has no number."""
    with NO_TRACING.span("a") as first, span("b") as second:
        second.note({"mikrocert.files": 1})
        second.rename("c")
        second.fail()
    assert first is second
    assert first.trace is None


def test_nothing_of_opentelemetry_is_imported_where_nobody_wants_it(new_python):
    """Not even by what issues and verifies."""
    shown = new_python("""
        import sys
        import mikrocert.service.system, mikrocert.service.workforce, mikrocert_portal.app, mikrocert_portal.observing
        print([name for name in sys.modules if name.startswith("opentelemetry")])
    """)
    assert shown.strip() == "[]"


class _OneJob:
    """A queue with one job, which is taken for the third time."""

    lease = timedelta(seconds=60)

    def __init__(self):
        self.failed = None

    def take(self, worker):
        return Taken(1, Job("bad", {"batch": "b-K7mQx4Rt9b"}), 3, worker)

    def keep(self, taken):
        return True

    def fail(self, taken, *, fault):
        self.failed = fault


def test_a_job_is_a_span_of_its_own(tracing, exporter):
    """Named by its task, with how often it was taken and nothing of its arguments; one that fails is one that failed."""

    def fails(batch, attempt):
        with span("inner"):
            raise ValueError(batch)

    queue = _OneJob()
    assert Worker(queue, {"bad": Task(fails)}, changes=None, name="w", tracing=tracing).step()
    assert queue.failed.startswith("ValueError at ")
    assert shapes(exporter) == [("inner", "job: bad"), ("job: bad", None)]
    job = exporter.get_finished_spans()[1]
    assert dict(job.attributes) == {"mikrocert.attempt": 3, "error.type": "ValueError"}
    assert not job.status.is_ok


def test_an_exporter_that_is_not_there_is_told(toy, tmp_path):
    """With those that are; before anything is done."""
    with pytest.raises(SettingsError, match=r"there is no no_such; there are: .*console"):
        exported_tracing("no_such")
    settings = attrs.evolve(toy.settings(tmp_path), tracing=TracingSettings("no_such"))
    with (
        open_system(settings, plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match="no_such"),
    ):
        _ = system.tracing
