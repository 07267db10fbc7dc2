"""What PINs must be that people choose for their tokens."""

import string
from collections.abc import Callable, Mapping

from msgspec import Struct

from watchword.errors import BadParameter
from watchword.model.policy import Action, Scope
from watchword.selfservice.oneself import Oneself

MIN_LENGTH: Action[int | None] = Action(
    name="otp_pin_minlength",
    scope=Scope.SELFSERVICE,
    kind="int",
    default=None,
    help="How long a PIN that people choose is at least; of several realms the strictest counts",
)
MAX_LENGTH: Action[int | None] = Action(
    name="otp_pin_maxlength",
    scope=Scope.SELFSERVICE,
    kind="int",
    default=None,
    help="How long a PIN that people choose is at most; of several realms the strictest counts",
)
CONTENTS = Action(
    name="otp_pin_contents",
    scope=Scope.SELFSERVICE,
    kind="str",
    default="",
    help="What such a PIN holds: c letters, n digits, s special characters, o others, each of them; with - in front "
    "each and nothing else, with + some of them and nothing else",
)
ACTIONS: tuple[Action[object], ...] = (MIN_LENGTH, MAX_LENGTH, CONTENTS)

_CLASSES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "c": ("letters", lambda sign: sign in string.ascii_letters),
    "n": ("digits", lambda sign: sign in string.digits),
    "s": ("special characters", lambda sign: sign in string.punctuation),
    "o": (
        "other characters",
        lambda sign: sign not in string.digits + string.ascii_letters + string.punctuation,
    ),
}


class PinRules(Struct, frozen=True, kw_only=True):
    """What a PIN must be, for whoever tells it to people."""

    least: int
    most: int | None
    contents: str
    """As the policy says it: letters of `CONTENTS`."""


def pin_rules(oneself: Oneself) -> PinRules:
    """What policies say to this person."""
    return PinRules(
        least=max(_lengths(oneself, MIN_LENGTH), default=0),
        most=min(_lengths(oneself, MAX_LENGTH), default=None),
        contents=oneself.ask(CONTENTS),
    )


def check_pin(oneself: Oneself, pin: str) -> None:
    """BadParameter unless policy lets the person choose this PIN."""
    rules = pin_rules(oneself)
    if len(pin) < rules.least:
        raise BadParameter(f"The PIN is too short: it must have at least {rules.least} characters.")
    if rules.most is not None and len(pin) > rules.most:
        raise BadParameter(f"The PIN is too long: it must have at most {rules.most} characters.")
    if rules.contents:
        _check_contents(rules.contents, pin)


def _lengths(oneself: Oneself, action: Action[int | None]) -> list[int]:
    occasion, person = oneself.occasion, oneself.person
    realms = {person.realm, *occasion.realms_of(person)}
    said = (
        answer.value
        for realm in realms
        for answer in occasion.snapshot.rules.all(action, occasion.about_owner(person, realm))
    )
    return [length for length in said if length is not None]


def _check_contents(contents: str, pin: str) -> None:
    how = contents[0] if contents[0] in "+-" else ""
    named = [_CLASSES[letter] for letter in dict.fromkeys(contents) if letter in _CLASSES]
    words = ", ".join(word for word, _ in named)
    held = [any(map(holds, pin)) for _, holds in named]
    if how and not all(any(holds(sign) for _, holds in named) for sign in pin):
        raise BadParameter(f"The PIN may hold nothing but {words}.")
    if not (any(held) if how == "+" else all(held)):
        raise BadParameter(
            f"The PIN must hold {'some of these' if how == '+' else 'each of these'}: {words}."
        )
