"""The words an operator types."""

import gc
import sys
from collections.abc import Sequence

from watchword.cli.exits import FAILED, complain, exit_code
from watchword.errors import WatchwordError

_SERVE = ("--home", "--listen", "--database", "--workers")


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say (without the program's name; those of this process if not given); the exit code."""
    words = sys.argv[1:] if words is None else words
    try:
        flags = plain_serve(words)
        if flags is None:
            from watchword.cli.commands import run

            return run(words)
        gc.disable()  # until the workers are forked: what is imported stays, so there is nothing to find
        from watchword.cli.starting import start

        start(flags, demo="--demo" in words)
    except WatchwordError as refusal:
        complain(refusal.message)
        return exit_code(refusal)
    except OSError as broken:
        complain(f"{broken.strerror or broken}{f': {broken.filename}' if broken.filename else ''}.")
        return FAILED
    except KeyboardInterrupt:
        return 130
    return 0


def plain_serve(words: Sequence[str]) -> dict[str, str] | None:
    """The flags of ``serve``, by name of the setting; None for whatever else was said.

    A server starts without the library that reads all other commands, gives help, and finds mistakes.
    """
    if not words or words[0] != "serve" or words.count("--demo") > 1:
        return None
    flags: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        if word == "--demo":
            continue
        flag, equals, value = word.partition("=")
        if not equals:
            value = next(rest, "")
        if flag not in _SERVE or flag[2:] in flags or not value or value.startswith("-"):
            return None
        flags[flag[2:]] = value
    return flags
