"""What a class of LinOTP's form takes for its token's row in the database: it reads, and its writes are collected."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from watchword.model.token import Token
from watchword.plugin.bridge.moment import NotHere

INFO = "info"
"""In the token's state: what a class has added to the token info since the enrolment; None: taken away."""


class SecretObject:
    """The token's key, for a class that computes with it."""

    def __init__(self, opened: Callable[[], bytes]) -> None:
        self._opened = opened

    def getKey(self) -> bytes:  # noqa: N802  named as classes call it
        return self._opened()

    def compare(self, other: str | bytes) -> bool:
        """Whether this is the key, in the time that any comparison takes."""
        said = other.encode() if isinstance(other, str) else other
        return hmac.compare_digest(self._opened(), said)

    def hmac_digest(
        self, data_input: bytes, hash_algo: Any = hashlib.sha1, bkey: bytes | None = None
    ) -> bytes:
        return hmac.new(bkey or self._opened(), data_input, hash_algo).digest()

    def __repr__(self) -> str:
        return "SecretObject()"


class Row:
    """The token as a class sees it. Nothing here is stored: `written` says what the class wants."""

    def __init__(self, serial: str, kind: str, digits: int) -> None:
        self.serial = serial
        self.kind = kind
        self.count = 0
        self.digits = digits
        self.info: dict[str, Any] = {}
        self.description = ""
        self.failures = 0
        self.window = 10
        self.sync_window = 1000
        self.max_failures = 10
        self.active = True
        self.realms: tuple[str, ...] = ()
        self.secret: Callable[[], bytes] = _no_secret
        self.written: dict[str, Any] = {}
        self.changed: dict[str, Any] = {}
        """The keys of the token info that were set, or taken away (None)."""
        self.new = True

    @classmethod
    def of(cls, token: Token, secret: Callable[[], bytes], carried: Mapping[str, Any]) -> "Row":
        """The row of a token that is enrolled; ``carried``: changes that its question remembers."""
        row = cls(token.serial, token.kind, token.digits)
        row.new = False
        row.count = token.counter
        row.description = token.description
        row.failures = token.failures
        row.window = token.window
        row.sync_window = token.sync_window
        row.max_failures = token.max_failures
        row.active = token.active
        row.realms = token.realms
        row.secret = secret
        held = token.state.get(INFO)
        row.changed = {**(held if isinstance(held, dict) else {}), **carried}
        row.info = {
            key: value
            for key, value in {**deepcopy(dict(token.info)), **deepcopy(row.changed)}.items()
            if value is not None
        }
        return row

    def write(self, name: str, value: Any, *, later: bool = False) -> None:
        """Wish for a change. ``later``: also of a token that is enrolled."""
        if not self.new and not later:
            raise NotHere(f"A token class may set {name} at the enrolment only.")
        self.written[name] = value

    def set_info(self, key: str, value: Any) -> None:
        if value is None:
            self.info.pop(key, None)
        else:
            self.info[key] = value
        self.changed[key] = value

    def getSerial(self) -> str:  # noqa: N802
        return self.serial

    def getType(self) -> str:  # noqa: N802
        return self.kind

    def getHOtpKey(self) -> SecretObject:  # noqa: N802
        return SecretObject(self.secret)

    LinOtpTokenSerialnumber = property(lambda self: self.serial)
    LinOtpTokenType = property(lambda self: self.kind)
    LinOtpCount = property(lambda self: self.count)
    LinOtpOtpLen = property(lambda self: self.digits)
    LinOtpTokenDesc = property(lambda self: self.description)
    LinOtpFailCount = property(lambda self: self.failures)
    LinOtpMaxFail = property(lambda self: self.max_failures)
    LinOtpCountWindow = property(lambda self: self.window)
    LinOtpSyncWindow = property(lambda self: self.sync_window)
    LinOtpIsactive = property(lambda self: self.active)


def _no_secret() -> bytes:
    raise NotHere("The token has no key yet.")
