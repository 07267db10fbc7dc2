"""What the server says while it runs: one JSON object a line, on the standard error stream.

Threat: a name or a header that holds line breaks or terminal sequences forges a line, or runs in the terminal of
whoever reads it. Everything beyond printable ASCII is therefore escaped.
"""

import json
import logging
import sys

from watchword.clock import iso

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonLine(logging.Formatter):
    """An event as one JSON object: when, how grave, which room, what, and whatever ``extra`` adds."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": iso(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "room": record.name,
            "event": record.getMessage(),
            "pid": record.process,
        }
        said |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str).replace("\x7f", "\\u007f")


def log_to_stderr(level: str) -> None:
    """Send all events of this process, from ``level`` on, to the standard error stream."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLine())
    logging.basicConfig(level=level.upper(), handlers=[stream], force=True)
    logging.captureWarnings(capture=True)
    # The server below us tells of each start and stop, which the supervisor does already, and warns of each
    # request that is none, which any stranger may send as often as it pleases.
    logging.getLogger("uvicorn").setLevel("DEBUG" if level == "debug" else "ERROR")
