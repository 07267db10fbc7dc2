"""Lists that hold less than there is, because a directory did not answer: they say so."""

from typing import Any

from watchword.web.call import Call

Unanswered = dict[str, str]
"""Resolvers that did not answer, and why."""


def note_unanswered(call: Call, unanswered: Unanswered) -> None:
    """Let the audit row say it."""
    if unanswered:
        call.note.info = " ".join(unanswered.values())


def told_unanswered(unanswered: Unanswered) -> dict[str, Any]:
    """The key that the answer has beyond the dialect's, only then."""
    return {"unanswered": dict(unanswered)} if unanswered else {}
