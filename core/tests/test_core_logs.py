"""What the program tells of its own work: an event a line, and nothing of what anybody sent."""

from __future__ import annotations

import io
import json
import logging
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.cli.app import run
from mikrocert.service.logs import Logs
from mikrocert.settings import LogsSettings

FORMATS = ("text", "json")
SECRETS = ("K7mQx4Rt9bHz", "Ďurůš")


def lines_of(format_, tell):
    """Return the lines that this tells."""
    stream = io.StringIO()
    tell(Logs(LogsSettings(format_), stream=stream))
    return stream.getvalue().split("\n")


@pytest.mark.parametrize("format_", FORMATS)
@given(text=st.text())
def test_whatever_a_field_holds_an_event_is_one_line(format_, text):
    """Neither a line feed nor anything else that ends a line for somebody begins another event; a line is bounded."""
    line, end = lines_of(
        format_, lambda logs: logs.event("happened", what=text, **{f"f{n}": text for n in range(100)})
    )
    assert end == ""
    assert line.isprintable()
    assert len(line) < 25_000


def test_an_event_is_an_object_for_programs():
    """With its moment, its level and its fields."""
    line, _ = lines_of("json", lambda logs: logs.event("request", status=200, route="/verify/{identifier}"))
    event = json.loads(line)
    assert event.pop("at").endswith("Z")
    assert event == {"event": "request", "level": "info", "status": 200, "route": "/verify/{identifier}"}


def test_without_settings_nothing_is_told():
    """Who wants no logs has none."""
    stream = io.StringIO()
    logs = Logs(None, stream=stream)
    logs.event("request")
    with logs.listening():
        logging.getLogger("mikrocert").error("wrong")
    assert stream.getvalue() == ""


def crashed():
    try:
        int(" ".join(SECRETS))
    except ValueError as error:
        return error


RECORDS = {
    "a text": (("%s was not found", SECRETS[0]), {}, "… was not found"),
    "texts and numbers": (("%s %d times", SECRETS[1], 3), {}, "… 3 times"),
    "a number that is none of Python's own": (("%d times", Decimal(3)), {}, "%d times"),
    "further lines": (("failed:\n" + SECRETS[0],), {}, "failed:"),
    "an error": (("failed",), {"exc_info": crashed()}, "failed"),
    "an error on the side": (("failed:\n%s", SECRETS[0]), {"extra": {"fault": crashed()}}, "failed:"),
}


@pytest.mark.parametrize(("record", "more", "event"), RECORDS.values(), ids=RECORDS)
@pytest.mark.parametrize("logger", ["mikrocert_portal", "uvicorn.error"])
def test_of_what_libraries_log_only_words_of_the_code_are_told(record, more, event, logger):
    """Texts that were filled in, further lines and what errors say stay out; class and place of an error don't."""

    def tell(logs):
        with logs.listening():
            logging.getLogger(logger).error(*record, **more)

    line, _ = lines_of("json", tell)
    event_ = json.loads(line)
    assert (event_["event"], event_["logger"], event_["level"]) == (event, logger, "error")
    assert not any(secret in line for secret in SECRETS)
    assert ("error" in event_) is bool(more)


@pytest.mark.parametrize("format_", FORMATS)
def test_that_a_command_failed_is_an_event(tmp_path, capsys, format_):
    """Its name, the class and the place of its error, beside the sentence for whoever called it; nothing it was called with."""
    settings = tmp_path / "mikrocert.toml"
    settings.write_text(f'logs = {{ format = "{format_}" }}\n', encoding="utf-8")
    assert run(["--config", str(settings), "show", SECRETS[0]]) == 69
    errors = capsys.readouterr().err.splitlines()
    (event,) = [line for line in errors if not line.startswith("mikrocert: ")]
    assert "a command failed" in event
    assert "NoArchiveError" in event
    assert "show" in event
    assert not any(secret in event for secret in SECRETS)


def test_a_command_that_fails_tells_no_event_unasked(tmp_path, capsys):
    """Without the section there is only the sentence."""
    settings = tmp_path / "mikrocert.toml"
    settings.write_text("", encoding="utf-8")
    assert run(["--config", str(settings), "show", SECRETS[0]]) == 69
    assert all(line.startswith("mikrocert: ") for line in capsys.readouterr().err.splitlines())
