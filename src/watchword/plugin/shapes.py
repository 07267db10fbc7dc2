"""What a token type or a resolver must be, and what it may be besides.

A type *decides* and the core *acts*: a type gets a token, an answer and `Tools`, and returns a `Verdict` or an
`Enrolled`. It cannot store, send or log, so it needs no waiting, no mock and no error handling of its own.
What a type can do beyond enrolment it has as an ability (`Judging`, `Resyncing`, ...): the core asks
``isinstance(kind, Judging)`` and never a type's name.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from watchword.clock import Dice
from watchword.model.attempt import Verdict
from watchword.model.policy import Action
from watchword.model.token import Token

class Tools(Struct, frozen=True, kw_only=True):
    """What a type may use: the hour, dice, its own seed, settings, and the keeping of passwords."""

    now: int
    """Milliseconds UTC."""
    dice: Dice
    secret: Callable[[Token], bytes]
    """Opens the token's own secret."""
    setting: Callable[[str, str], str]
    """A system setting by name, with a default (``totp.timeStep``)."""
    keep_password: Callable[[str], bytes]
    """A password in the form in which it is kept as a secret (slow on purpose)."""
    password_matches: Callable[[bytes, str], bool]
    """Whether a password is the kept one (slow on purpose)."""


class Form(Protocol):
    """What was filled in at enrolment; reading a field names it in the error."""

    def text(self, name: str, default: str = "") -> str:
        """The field, or the default where it is missing or empty."""
        ...

    def need(self, name: str) -> str:
        """The field; raises `errors.MissingParameter` where it is missing."""
        ...

    def number(self, name: str, default: int) -> int:
        """The field as a number; raises `errors.BadParameter` where it is none."""
        ...

    def flag(self, name: str) -> bool:
        """Whether the field is ``1`` or ``true``; raises `errors.BadParameter` for other words."""
        ...


class Shown(Struct, frozen=True, kw_only=True):
    """Something that is shown once, at enrolment, as text and as a QR code of it."""

    name: str
    """Key in the answer: ``otpkey``, ``enrollment_url``."""
    description: str
    order: int
    value: str


class Label(Struct, frozen=True, kw_only=True):
    """How an authenticator app shall name the account (policies ``tokenlabel`` and ``tokenissuer``)."""

    issuer: str
    account: str


class Enrolled(Struct, frozen=True, kw_only=True):
    """A new token as its type wants it: the core adds serial, owner, PIN, limits, and seals the secret."""

    secret: bytes
    digits: int = 6
    info: Mapping[str, Any] = {}
    successes_max: int = 0
    show: Callable[[Label], tuple[Shown, ...]] = lambda _label: ()
    """What to show once, given the label; never kept."""


class TokenType(ABC):
    """One kind of token. `name` is what requests say, lower case."""

    name: ClassVar[str]
    label: ClassVar[str]
    """Spelling in LinOTP's dialect (``HMAC``, ``TOTP``, ``pw``)."""
    prefix: ClassVar[str]
    """Of generated serials."""
    title: ClassVar[str]
    actions: ClassVar[tuple[Action, ...]] = ()
    """Policy actions that this type asks, beyond ``init<TYPE>`` and ``maxtoken<TYPE>``."""
    self_enrolment: ClassVar[bool] = True
    """Whether people may enrol it themselves (declares ``enroll<TYPE>``)."""
    prepared_by_default: ClassVar[bool] = False
    """Enrolled when a request names no type."""

    @abstractmethod
    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        """Make a token of what was filled in, or raise `BadParameter`, `MissingParameter`."""

    def needs_own_pin(self) -> bool:
        """Whether the token's own PIN counts although policy ignores PINs (there is nothing else to judge)."""
        return False


@runtime_checkable
class Judging(Protocol):
    """Rules on an answer that came unasked.

    ``otp`` is the one-time part of the answer. ``costly`` says that judging takes milliseconds (a password
    hash): the gate then judges in its bounded pool, after all cheap checks.
    """

    costly: ClassVar[bool]
    canonical: ClassVar[bool]
    """Whether blanks and full-width digits in ``otp`` are to be canonicalised before judging (codes, not passwords)."""

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict: ...


@runtime_checkable
class Resyncing(Protocol):
    """Finds its place again from two consecutive codes."""

    def resync(self, token: Token, first: str, second: str, tools: Tools) -> Verdict: ...


@runtime_checkable
class Recognising(Protocol):
    """Tells whether a code is its own, without using it up (search by code)."""

    def recognises(self, token: Token, otp: str, tools: Tools) -> Verdict: ...


class Moment(Struct, frozen=True, kw_only=True):
    """When a time-based code was current."""

    counter: int
    at: int
    """Milliseconds UTC of the start of the step."""
    step: int
    """Seconds."""


@runtime_checkable
class Timed(Protocol):
    """Knows when a code of its past was current (LinOTP: totp_lookup)."""

    def moment_of(self, token: Token, otp: str, span: int, tools: Tools) -> Moment | None:
        """The step within the last ``span`` seconds that had this code; never one of the future."""
        ...


@runtime_checkable
class Adjustable(Protocol):
    """Takes changes of its own settings by an administrator (``hashlib``, ``timeStep``, ``timeWindow`` ...)."""

    adjustable: ClassVar[tuple[str, ...]]

    def adjust(self, token: Token, name: str, value: str) -> Token:
        """The token after the change, or `BadParameter`."""
        ...


class Record(Struct, frozen=True, kw_only=True):
    """A directory's entry: ``password`` is its kept form where the resolver holds one, for its own use only."""

    userid: str
    login: str
    attributes: Mapping[str, str] = {}


class Resolver(ABC):
    """Finds people in one directory. All calls may take time; `errors.Unreachable` means "unknown", never "gone"."""

    kind: ClassVar[str]
    """Name in our configuration."""
    dialect_type: ClassVar[str]
    """LinOTP's type: ``sqlresolver``, ``passwdresolver``, ``ldapresolver``."""
    dialect_class: ClassVar[str]
    """The middle of LinOTP's spec: ``SQLIdResolver`` in ``useridresolver.SQLIdResolver.IdResolver.name``."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Settings without which it cannot work."""
    secret_settings: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    async def find(self, login: str) -> Record | None:
        """The entry with this login (compared as the directory does), None if surely there is none."""

    @abstractmethod
    async def get(self, userid: str) -> Record | None:
        """The entry with this id."""

    @abstractmethod
    async def check_password(self, record: Record, password: str) -> bool:
        """Whether the directory takes this password for this entry; an empty one never."""

    @abstractmethod
    def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        """Entries whose attributes match all patterns (``*`` any text, ``.`` one character), by login."""

    async def close(self) -> None:
        """Give back what was opened."""
        return
