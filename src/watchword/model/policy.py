"""What administrators say in policies, and what the house asks them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

T_co = TypeVar("T_co", covariant=True)


class Scope(StrEnum):
    """What a policy is about; every action belongs to one scope."""

    ADMIN = "admin"
    SYSTEM = "system"
    AUDIT = "audit"
    TOOLS = "tools"
    MONITORING = "monitoring"
    REPORTING = "reporting"
    REPORTING_ACCESS = "reporting.access"
    GETTOKEN = "gettoken"
    SELFSERVICE = "selfservice"
    ENROLLMENT = "enrollment"
    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    NOTIFICATION = "notification"
    OCRA = "ocra"
    """Of older servers: kept, never asked, and its actions are not checked; so is `OCRA2`."""
    OCRA2 = "ocra2"


LEGACY_SCOPES = frozenset({Scope.OCRA, Scope.OCRA2})
MANAGEMENT_SCOPES = frozenset(
    {Scope.ADMIN, Scope.SYSTEM, Scope.AUDIT, Scope.TOOLS, Scope.MONITORING, Scope.REPORTING_ACCESS}
)
"""The scopes that give rights to administrators: policies add up, ``*`` is every action, and a scope without
any active policy is open."""

ALWAYS = "* * * * * *;"


class Policy(Struct, frozen=True, kw_only=True):
    """One policy as it is stored: all conditions are texts in LinOTP's notation (`watchword.policy.notation`)."""

    name: str
    scope: str
    action: str
    realm: str
    user: str = "*"
    client: str = "*"
    time: str = ALWAYS
    active: bool = True


Kind: TypeAlias = Literal["bool", "int", "str", "set", "words", "duration", "expression"]


class Action(Struct, Generic[T_co], frozen=True, kw_only=True):
    """Something that a policy can say, declared beside the code that asks it.

    The kind tells what is written in a policy and what an `Answer` then holds: ``bool`` a bool, ``int`` an
    int, ``str`` a text, ``set`` one of `values` (texts or numbers), ``words`` a tuple of texts separated by
    blanks (each one of `values`, if there are any), ``duration`` a `timedelta`, ``expression`` the text of a
    regular expression that compiles. Of several kinds the first that can read the value wins. An action whose
    default is None needs its type written down: ``MOST: Action[int | None] = Action(..., kind="int", default=None)``.
    """

    name: str
    scope: Scope
    kind: Kind | tuple[Kind, ...]
    default: T_co
    """The answer where no policy speaks, and where one says ``!name`` of an action that is no bool."""
    help: str
    values: Sequence[str | int] = ()


class Answer(Struct, Generic[T_co], frozen=True, kw_only=True):
    """What the rules of the house say to an action, and who said it."""

    value: T_co
    policy: str | None = None
    """The policy that gave the value; None: it is the default."""
    rivals: tuple[str, ...] = ()
    """Policies that fit as precisely and say something else, but come later by name: a conflict to report."""
