"""Stands between the core and a token type of somebody else: what the type does wrong stays its own affair.

The core is given a guard that has the type's abilities and none of its code. Each call goes to the type with copies
of what it is told, within a time limit; what comes back is put together anew (`plain`). Whatever is wrong becomes a
refusal that names the type: a "no" where an answer is judged, `errors.Refused` elsewhere.
"""

import logging
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from msgspec.structs import replace

from watchword.errors import Misconfigured, Refused, WatchwordError
from watchword.model.attempt import Verdict
from watchword.model.policy import Action
from watchword.model.token import Token
from watchword.plugin import plain, shapes
from watchword.plugin.patience import Overdue, Patience
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Asking, Enrolled, Form, Label, Question, Settings, Shown, TokenType, Tools

log = logging.getLogger(__name__)

SECONDS = 2.0
"""How long a plug-in may take for one call."""
ABILITIES: tuple[type, ...] = (
    SentCode,
    shapes.Deferred,
    shapes.Prompting,
    shapes.Challenging,
    shapes.Judging,
    shapes.Resyncing,
    shapes.Recognising,
    shapes.Timed,
    shapes.Adjustable,
    shapes.Pinned,
    shapes.Showing,
    shapes.Dwindling,
)
"""All that a type may be able to do, those that have others before these."""

_WORDS: Mapping[str, type | tuple[type, ...]] = {
    "canonical": bool,
    "costly": bool,
    "guessable": bool,
    "fillers": str,
    "only_asked": bool,
    "pin_with_answer": bool,
    "prompt": str,
    "blocked": str,
    "quiet": int,
    "self_enrolment": bool,
    "prepared_by_default": bool,
    "single": bool,
    "replaces_lost": str,
    "portrait": (shapes.Portrait, type(None)),
    "adjustable": tuple,
    "actions": tuple,
    "dictated": tuple,
    "fields": tuple,
    "settings": tuple,
}
"""What a class says of itself in plain values, and their types; asked for by name, these would run no code."""

_PARTS: Mapping[str, type] = {
    "adjustable": str,
    "actions": Action,
    "dictated": shapes.Dictated,
    "fields": shapes.Wanted,
    "settings": shapes.Adjusted,
}
"""What belongs into those that are tuples."""


def guarded(kind: type[TokenType], seconds: float = SECONDS) -> TokenType:
    """The type of somebody else, behind its guard. `Misconfigured` if it says of itself what cannot be."""
    patience = Patience(seconds)
    try:
        inner = patience.run(kind)
    except BaseException as broken:  # noqa: BLE001  a stranger's code may raise anything; its name is told
        raise Misconfigured(
            f"The token type {kind.name} cannot be made: {type(broken).__name__}: {broken}"
        ) from None
    abilities = [ability for ability in ABILITIES if issubclass(kind, ability)]
    bases = [
        one
        for one in abilities
        if not any(other is not one and issubclass(other, one) for other in abilities)
    ]
    if not any(issubclass(base, TokenType) for base in bases):
        bases.insert(0, TokenType)
    said = _said(kind, [*abilities, TokenType])
    said["costly"] = True  # whatever it costs: it is waited for off the event loop
    hooks = {
        name: make(_Behind(inner, kind.name, patience), name)
        for name, make in _HOOKS.items()
        if any(hasattr(base, name) for base in bases) and _is_own(kind, name, bases)
    }
    made = type(kind.__name__, tuple(bases), {**said, **hooks, "__module__": kind.__module__})
    # What is left of abstract methods is asked by the type itself alone (`SentCode.worded`).
    made.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    guard: TokenType = made()
    return guard


def _said(kind: type[TokenType], shapes_of_it: list[type]) -> dict[str, Any]:
    """What the class says of itself, as plain values."""
    said: dict[str, Any] = {}
    for shape in shapes_of_it:
        for parent in shape.__mro__:
            for name in getattr(parent, "__annotations__", {}):
                if not name.startswith("_") and hasattr(kind, name):
                    value = getattr(kind, name)
                    wanted = _WORDS.get(name)
                    if wanted is not None and not isinstance(value, wanted):
                        raise Misconfigured(
                            f"The token type {kind.name} says {name} as {type(value).__name__}: it must be"
                            f" {_named(wanted)}."
                        )
                    for one in value if name in _PARTS else ():
                        if not isinstance(one, _PARTS[name]):
                            raise Misconfigured(
                                f"The token type {kind.name} has {type(one).__name__} among its {name}: there belong"
                                f" {_PARTS[name].__name__} only."
                            )
                    said[name] = value
    return said


def _named(wanted: type | tuple[type, ...]) -> str:
    return wanted.__name__ if isinstance(wanted, type) else " or ".join(one.__name__ for one in wanted)


def _is_own(kind: type, name: str, bases: list[type]) -> bool:
    """Whether the type does this in its own way; what it inherits from us needs no guard."""
    ours = next((getattr(base, name) for base in bases if hasattr(base, name)), None)
    return getattr(kind, name, None) is not ours


class _Behind:
    """Calls one type."""

    def __init__(self, inner: TokenType, name: str, patience: Patience) -> None:
        self._inner = inner
        self.name = name
        self._patience = patience

    def call(self, hook: str, arguments: tuple[Any, ...], check: Callable[[Any], Any], refused: Any) -> Any:
        """What the hook returned, checked; errors of ours pass, anything else is ``refused`` by its name.

        ``refused`` is given the reason, and is what is returned, or an error that is raised.
        """

        def work() -> Any:
            told = tuple(_copied(one, arguments) for one in arguments)
            return check(getattr(self._inner, hook)(*told))

        return self.call_this(hook, work, refused)

    def call_this(self, hook: str, work: Callable[[], Any], refused: Any) -> Any:
        """The same for any piece of its code."""
        try:
            return self._patience.run(work)
        except plain.Unfit as unfit:
            why = unfit.message
        except Overdue as late:
            why = str(late)
        except WatchwordError as said:
            if hook not in _VERDICTS:
                raise
            why = type(said).__name__
        except BaseException as broken:  # noqa: BLE001  a stranger's code may raise anything; its name is told
            why = type(broken).__name__
        log.warning("token type failed", extra={"type": self.name, "hook": hook, "error": why})
        outcome = refused(f"token type {self.name} failed: {why}")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class _ReadOnly:
    """System settings for reading alone."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def text(self, name: str, default: str = "") -> str:
        return self._settings.text(name, default)

    def number(self, name: str, default: int) -> int:
        return self._settings.number(name, default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self._settings.flag(name, default=default)


def _copied(one: Any, arguments: tuple[Any, ...]) -> Any:
    """What a type is told, so that nothing it changes is ours, and no secret but its own token's is opened."""
    if isinstance(one, Token):
        return replace(one, info=deepcopy(one.info), state=deepcopy(one.state))
    if isinstance(one, Tools):
        token = next((other for other in arguments if isinstance(other, Token)), None)

        def secret(_token: Token) -> bytes:
            if token is None:
                raise Refused("There is no token yet whose secret could be opened.")
            return one.secret(token)

        return replace(one, secret=secret, settings=_ReadOnly(one.settings))
    if isinstance(one, Asking):
        return replace(one, attributes=dict(one.attributes))
    return one


def _refused(why: str) -> Refused:
    return Refused(f"{why[0].upper()}{why[1:]}: ask whoever wrote it.")


def _no(why: str) -> Verdict:
    return Verdict(accepted=False, why=why)


def _returning(check: Callable[[Any], Any], refused: Callable[[str], Any]) -> Callable[[_Behind, str], Any]:
    """A hook whose result is checked by ``check``."""

    def make(behind: _Behind, name: str) -> Any:
        def hook(_self: TokenType, *arguments: Any) -> Any:
            return behind.call(name, arguments, check, refused)

        return hook

    return make


def _enrolling(behind: _Behind, name: str) -> Any:
    def enrol(_self: TokenType, form: Form, tools: Tools) -> Enrolled:
        said: list[Any] = []

        def check(value: Any) -> Enrolled:
            made = plain.enrolled(value)
            said.append(value.show)
            return made

        def show(label: Label) -> tuple[Shown, ...]:
            # The token is issued by now: where it cannot be shown, nothing is.
            found: tuple[Shown, ...] = behind.call_this(
                "show", lambda: plain.shown(said[0](label)), lambda _why: ()
            )
            return found

        made: Enrolled = behind.call(name, (form, tools), check, _refused)
        return replace(made, show=show)

    return enrol


def _asking(behind: _Behind, name: str) -> Any:
    def ask(self: Any, token: Token, asking: Asking, tools: Tools) -> Question:
        found: Question = behind.call(
            name, (token, asking, tools), lambda value: plain.question(value, self.channel), _refused
        )
        return found

    return ask


def _adjusting(behind: _Behind, name: str) -> Any:
    def adjust(_self: TokenType, token: Token, field: str, value: str) -> Token:
        def check(said: Any) -> Token:
            after = plain.exactly(Token, said)
            counter = plain.number("counter", after.counter)
            if counter < token.counter:
                raise plain.Unfit("would open codes of the past again")
            return replace(
                token,
                info=plain.mapping("info", after.info),
                state=plain.mapping("state", after.state),
                digits=plain.number("digits", after.digits, 1000),
                counter=counter,
            )

        found: Token = behind.call(name, (token, field, value), check, _refused)
        return found

    return adjust


def _defaulting(check: Callable[[Any], Any], otherwise: Any) -> Callable[[_Behind, str], Any]:
    return _returning(check, lambda _why: otherwise)


_VERDICTS = frozenset({"judge", "answered", "resync", "recognises"})
_DAY = 86_400_000
_HOOKS: Mapping[str, Callable[[_Behind, str], Any]] = {
    "enrol": _enrolling,
    "ask": _asking,
    "adjust": _adjusting,
    **dict.fromkeys(sorted(_VERDICTS), _returning(plain.verdict, _no)),
    "repinned": _returning(lambda value: plain.octets("secret", value), _refused),
    "show": _returning(plain.shown, lambda _why: ()),
    "moment_of": _returning(plain.moment, _refused),
    "left": _defaulting(lambda value: plain.number("left", value), 0),
    "needs_own_pin": _defaulting(lambda value: plain.flag("needs_own_pin", value), otherwise=True),
    "prompted": _defaulting(lambda value: plain.text("prompted", value), ""),
    "open_for": _defaulting(lambda value: plain.number("open_for", value, _DAY), 0),
    "good_for": _defaulting(lambda value: plain.number("good_for", value, _DAY), 0),
    "quiet_for": _defaulting(lambda value: plain.number("quiet_for", value, _DAY), 0),
    "goal": _defaulting(lambda value: plain.text("goal", value), ""),
}
"""What the core calls, and what it makes of the answer."""
