"""A bench on which one token is tried out: what its type says comes true at once, as a store would make it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from watchword.crypto.otp import canonical_code
from watchword.crypto.sealing import Sealed
from watchword.model.attempt import Verdict
from watchword.model.configuration import Configuration, Entry
from watchword.model.token import Token
from watchword.plugin.shapes import Asking, Challenging, Judging, Question, Resyncing, TokenType, Tools
from watchword.testing import LoadedDice, StoppedClock
from watchword.web.parameters import Params


class Bench:
    """One token of one type, enrolled by a form, under a stopped clock.

    ``settings`` are system settings by LinOTP's names. Secrets lie open here, and passwords are kept by a fast
    hash.
    """

    def __init__(
        self,
        kind: TokenType,
        form: Mapping[str, str],
        *,
        settings: Mapping[str, str] | None = None,
        clock: StoppedClock | None = None,
    ) -> None:
        self.kind = kind
        self.clock = clock or StoppedClock()
        self.dice = LoadedDice()
        self.configuration = Configuration(
            entries={name: Entry(value=value) for name, value in (settings or {}).items()}
        )
        self.enrolled = kind.enrol(Params(form), self.tools)
        self.token = Token(
            id=1,
            serial="TEST0001",
            kind=kind.name,
            secret=Sealed(self.enrolled.secret),
            digits=self.enrolled.digits,
            info=self.enrolled.info,
            successes_max=self.enrolled.successes_max,
        )

    @property
    def tools(self) -> Tools:
        return Tools(
            now=self.clock.now(),
            dice=self.dice,
            secret=lambda token: bytes(token.secret),
            settings=self.configuration,
            keep_password=_kept,
            password_matches=lambda kept, password: kept == _kept(password),
        )

    def judge(self, otp: str) -> Verdict:
        """What the type thinks of this one-time part now; nothing comes of it."""
        assert isinstance(self.kind, Judging)
        otp = canonical_code(otp) if self.kind.canonical else otp
        return self.kind.judge(self.token, otp, self.tools)

    def ask(
        self,
        *,
        rules: Mapping[str, Any] | None = None,
        attributes: Mapping[str, str] | None = None,
        transaction: str = "48120937561208834",
        said: str = "",
    ) -> Question:
        """What the type asks now, where policy says ``rules`` (by the names of actions) and defaults besides."""
        assert isinstance(self.kind, Challenging)
        said_by_policy = rules or {}
        asking = Asking(
            rules=lambda action: said_by_policy.get(action.name, action.default),
            attributes=attributes or {},
            transaction=transaction,
            said=said,
        )
        return self.kind.ask(self.token, asking, self.tools)

    def answer(self, otp: str) -> Verdict:
        """What the type thinks, and it comes true: counter and memory move."""
        return self.settle(self.judge(otp))

    def resync(self, first: str, second: str) -> Verdict:
        """Two consecutive codes, and what the type thinks of them comes true."""
        assert isinstance(self.kind, Resyncing)
        return self.settle(self.kind.resync(self.token, first, second, self.tools))

    def settle(self, verdict: Verdict) -> Verdict:
        """Make the verdict come true; an accepted one is lost where its counter is used up already."""
        if verdict.accepted and verdict.counter is not None:
            if verdict.counter <= self.token.counter:
                return Verdict(accepted=False, why="lost")
            self.token = replace(self.token, counter=verdict.counter)
        if verdict.state is not None:
            self.token = replace(self.token, state=verdict.state)
        return verdict


def _kept(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()
