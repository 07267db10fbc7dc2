"""How a command ends: what went wrong as one sentence, and an exit code."""

import sys

from watchword.errors import BadParameter, Misconfigured, MissingParameter, Unreachable, WatchwordError

USAGE = 2
"""What was typed or configured cannot be used."""
FAILED = 1
"""Everything else."""


def exit_code(error: WatchwordError) -> int:
    """The exit code for an error of the family."""
    usage = isinstance(error, Misconfigured | BadParameter | MissingParameter | Unreachable)
    return USAGE if usage else FAILED


def complain(sentence: str) -> None:
    """Say on the error stream what went wrong; nothing in it can move the cursor of a terminal."""
    shown = "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in sentence)
    print(f"watchword: {shown}", file=sys.stderr, flush=True)
