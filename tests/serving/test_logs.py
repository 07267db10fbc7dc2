"""What is logged is one JSON object a line, whatever was said."""

import json
import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from watchword.cli.serving.logs import JsonLine


def line(message: str, **extra: object) -> str:
    record = logging.makeLogRecord({"msg": message, "name": "watchword.trial", "levelname": "INFO", **extra})
    return JsonLine().format(record)


@given(st.text(st.characters(codec=None)))
def test_no_text_can_forge_a_line_or_reach_the_terminal(said: str) -> None:
    written = line(said, user=said)
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written)["event"] == said
    assert json.loads(written)["user"] == said


def test_a_line_says_when_who_and_how_grave() -> None:
    told = json.loads(line("Something happened", created=1_767_261_600.5, process=7))
    assert told == {
        "at": "2026-01-01T10:00:00.500+00:00",
        "level": "info",
        "room": "watchword.trial",
        "event": "Something happened",
        "pid": 7,
    }


def test_a_trace_stays_on_its_line() -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        written = line("It broke", exc_info=sys.exc_info())
    assert "\n" not in written
    assert "Traceback" in json.loads(written)["error"]


def test_values_that_json_does_not_know_are_written_as_text() -> None:
    assert json.loads(line("Odd", what=ValueError("x")))["what"] == "x"
