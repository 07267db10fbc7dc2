"""How many wrong answers against one person, and how long the next one has to wait.

Threat: somebody guesses codes of one person, over many addresses, tokens and nodes; or fails on purpose to shut
the person out. Failures are counted in the store by person. An address from which the person has got in before
has a bucket of its own; all strangers share one. So a stranger's failures make strangers wait, and the owner
gets in from where the owner usually is. Waiting grows but ends, and an attempt while waiting prolongs nothing.
A success empties its own bucket only: the thief's guesses are not forgiven by the owner's morning log-in.
"""

from collections.abc import Iterable

from watchword.limits.settings import LimitSettings
from watchword.model.person import Subject
from watchword.model.settlement import Guard, Throttle, ThrottleStep

STRANGERS = ""


class Throttling:
    """The rules of one server."""

    def __init__(self, settings: LimitSettings) -> None:
        self._enforced = settings.mode == "enforce"
        self._threshold = settings.threshold
        self._base = settings.base * 1000
        self._longest = settings.longest * 1000
        self._forget = settings.forget * 1000

    def bucket(self, throttles: Iterable[Throttle], client: str) -> Throttle:
        """The bucket that counts for this address: its own if the person is known there, else the strangers'."""
        strangers = Throttle()
        for throttle in throttles:
            if throttle.client == client and client != STRANGERS:
                return throttle
            if throttle.client == STRANGERS:
                strangers = throttle
        return strangers

    def must_wait(self, bucket: Throttle, now: int) -> bool:
        """Whether nothing is judged at this moment."""
        return self._enforced and bucket.until > now

    def guard(self, subject: Subject, bucket: Throttle) -> Guard | None:
        """What a success depends on, when it comes to be settled."""
        return Guard(subject=subject, client=bucket.client) if self._enforced else None

    def failure(self, subject: Subject, bucket: Throttle) -> ThrottleStep:
        """One more wrong answer."""
        return ThrottleStep(
            subject=subject,
            client=bucket.client,
            failed=True,
            threshold=self._threshold,
            base=self._base,
            longest=self._longest,
            forget=self._forget,
        )

    def success(self, subject: Subject, bucket: Throttle, client: str) -> ThrottleStep | None:
        """The address becomes known, or its bucket empty; None where that is so already."""
        if not client or (bucket.client == client and not bucket.failures):
            return None
        return ThrottleStep(subject=subject, client=client, failed=False)
