"""Measures: how often and how fast things are done, for Prometheus, on a port of its own.

A label is a word of the code or a number of few values: the template of a route, a status, a verdict. Never what somebody sent, and nothing of
which there are as many as there are persons or credentials.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager, suppress
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import attrs

from mikrocert.errors import MikrocertError, SettingsError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from mikrocert.report import Verdict
    from mikrocert.settings import MetricsSettings

__all__ = ["Measures", "Metrics", "QueueLengths", "exposing", "measuring_together"]

_TOGETHER: Final = "PROMETHEUS_MULTIPROC_DIR"
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SEALING_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_FIGURES: Final = {
    "archive_credentials": "Credentials in the archive, erased ones included.",
    "archive_octets": "Size of the archive's database.",
    "archive_readable": "1 where the archive can be read, else 0.",
}
"""What is asked for when somebody looks, by name."""
_QUEUES: Final = {
    "jobs_waiting": ("Jobs that wait, by task.", "task"),
    "jobs_running": ("Jobs that are being done, by task.", "task"),
    "jobs_failed": ("Jobs that were given up, by task.", "task"),
    "webhooks_due": ("What webhooks are yet to be told, by kind.", "kind"),
}
"""Lengths of queues, by name: what they say, and what they are told by."""

QueueLengths: TypeAlias = "Mapping[str, Mapping[str, int]]"
"""Name of a queue → what it is told by → how many there are."""


@attrs.frozen
class Metrics:
    """A port for metrics on which nobody answers yet.

    Args:
        address: where Prometheus finds them.
        serve: answers until the process ends.
    """

    address: str
    serve: Callable[[], None]


class Measures:
    """Counts what is done; safe to use from several threads.

    Args:
        wanted: whether anything is counted.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        if not wanted:
            return
        import prometheus_client as prometheus  # noqa: PLC0415 - only where it is wanted

        self.registry: Any = prometheus.CollectorRegistry()
        of: dict[str, Any] = {"namespace": "mikrocert", "registry": self.registry}
        self._requests = prometheus.Counter(
            "requests", "Requests that were answered.", ["method", "route", "status"], **of
        )
        self._request_seconds = prometheus.Histogram(
            "request_seconds",
            "Time from a request to the end of its answer.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            **of,
        )
        self._uploads = prometheus.Gauge(
            "uploads_octets", "Uploads that are in memory.", multiprocess_mode="livesum", **of
        )
        self._verifications = prometheus.Counter(
            "verifications", "Verifications, by verdict.", ["verdict"], **of
        )
        self._awards = prometheus.Counter("awards", "Awards, by what became of them.", ["outcome"], **of)
        self._sealing = prometheus.Histogram(
            "sealing_seconds", "Time for sealing the files of a batch.", buckets=_SEALING_SECONDS, **of
        )
        self._sealed = prometheus.Counter("sealed_files", "Files that were sealed.", **of)

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method: one of HTTP's, or `other`.
            route: the template of its route, or `none`.
            status: of the answer.
            seconds: until the end of the answer.
        """
        if self.wanted:
            self._requests.labels(method, route, status).inc()
            self._request_seconds.labels(route).observe(seconds)

    def uploading(self, octets: int) -> None:
        """Count what uploads take of the memory now, in octets; less than nothing is given back."""
        if self.wanted:
            self._uploads.inc(octets)

    def verified(self, verdict: Verdict) -> None:
        """Count a verification by its verdict."""
        if self.wanted:
            self._verifications.labels(verdict.value).inc()

    def awarded(self, *, issued: bool) -> None:
        """Count an award that was issued or refused."""
        if self.wanted:
            self._awards.labels("issued" if issued else "refused").inc()

    @contextmanager
    def sealing(self, files: int) -> Generator[None]:
        """Measure how long it takes to seal so many files; what fails is not counted."""
        began = time.monotonic()
        yield
        if self.wanted and files:
            self._sealing.observe(time.monotonic() - began)
            self._sealed.inc(files)

    def forget(self, process: int) -> None:
        """Count no longer what a process has that has ended.

        Args:
            process: its number.
        """
        if self.wanted and _TOGETHER in os.environ:
            from prometheus_client import multiprocess  # noqa: PLC0415 - only where it is wanted

            cast("Any", multiprocess).mark_process_dead(process)


class _Asked:
    """A collector of what is asked for when somebody looks."""

    def __init__(
        self, figures: Callable[[], Mapping[str, float]], queues: Callable[[], QueueLengths]
    ) -> None:
        self._figures = figures
        self._queues = queues

    def collect(self) -> Iterator[Any]:
        """Yield a figure after the other; a database that can't be read gives none."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - only where it is wanted

        figures: dict[str, float] = {"archive_readable": 1.0}
        try:
            figures |= self._figures()
        except MikrocertError:
            figures = {"archive_readable": 0.0}
        for name, value in figures.items():
            yield GaugeMetricFamily(f"mikrocert_{name}", _FIGURES[name], value=value)
        queues: QueueLengths = {}
        with suppress(MikrocertError):  # what only shows pages may read no jobs
            queues = self._queues()
        for name, (about, label) in _QUEUES.items():
            if name in queues:
                family = GaugeMetricFamily(f"mikrocert_{name}", about, labels=[label])
                for of_what, number in queues[name].items():
                    family.add_metric([of_what], number)
                yield family

    def describe(self) -> list[Any]:
        """Return nothing: nobody is asked before somebody looks."""
        return []


@contextmanager
def measuring_together(settings: MetricsSettings | None) -> Generator[None]:
    """Let copies of this process count together, from here on; nothing is to have been counted before.

    Args:
        settings: whether anything is counted.
    """
    if settings is None or _TOGETHER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="mikrocert-") as folder:
        os.environ[_TOGETHER] = folder
        try:
            yield
        finally:
            del os.environ[_TOGETHER]


@contextmanager
def exposing(
    settings: MetricsSettings,
    *,
    measures: Measures,
    figures: Callable[[], Mapping[str, float]],
    queues: Callable[[], QueueLengths] = dict,
) -> Generator[Metrics]:
    """Listen on the port for metrics.

    Args:
        settings: where to listen.
        measures: what was counted.
        figures: returns what is asked for when somebody looks.
        queues: returns how long queues are.

    Raises:
        SettingsError: if the port can't be had.
    """
    import prometheus_client as prometheus  # noqa: PLC0415 - only where it is wanted
    from prometheus_client import multiprocess  # noqa: PLC0415

    registry = measures.registry
    if _TOGETHER in os.environ:
        registry = prometheus.CollectorRegistry()
        cast("Any", multiprocess).MultiProcessCollector(registry)
    asked = prometheus.CollectorRegistry()
    asked.register(_Asked(figures, queues))

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] != "GET":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"GET /metrics would be right\n"]
        octets = prometheus.generate_latest(registry) + prometheus.generate_latest(asked)
        start("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
        return [octets]

    try:
        listening: Any = make_server(settings.host, settings.port, answer, _Server, _Quiet)
    except OSError as error:
        raise SettingsError(
            message(
                "metrics.port: can't listen on {host} port {port}: {reason}; another port would be right",
                host=settings.host,
                port=settings.port,
                reason=error,
            )
        ) from error
    with listening:
        yield Metrics(f"http://{settings.host}:{listening.server_port}/metrics", listening.serve_forever)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's word
        """Say nothing of who looked."""
