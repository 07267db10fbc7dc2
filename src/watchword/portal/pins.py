"""The fields of a PIN that somebody chooses, and what is wrong with it, in the reader's words."""

from watchword.errors import BadParameter
from watchword.selfservice.oneself import Oneself
from watchword.selfservice.pin_rules import check_pin, pin_rules
from watchword.web.fields import Field
from watchword.web.translating import Phrase, _

PIN_AGAIN = "pin_again"
_NAMES = {
    "c": _("letters"),
    "n": _("digits"),
    "s": _("special characters"),
    "o": _("other characters"),
}


def pin_fields(oneself: Oneself, *, focus: bool = False) -> tuple[Field, ...]:
    """A PIN, and once more."""
    return (
        Field(
            name="pin",
            label=_("New PIN"),
            kind="password",
            help=_told(oneself),
            required=True,
            longest=1000,
            autocomplete="new-password",
            focus=focus,
        ),
        Field(
            name=PIN_AGAIN,
            label=_("Once more"),
            kind="password",
            required=True,
            longest=1000,
            autocomplete="new-password",
        ),
    )


def pin_trouble(oneself: Oneself, pin: str, again: str) -> tuple[str, Phrase] | None:
    """The field that is wrong, and what is wrong with it; None where policy takes the PIN."""
    try:
        check_pin(oneself, pin)
    except BadParameter:
        return "pin", _("This PIN does not keep to the rules below.")
    if pin != again:
        return PIN_AGAIN, _("The two are not the same.")
    return None


def _told(oneself: Oneself) -> Phrase | str:
    """The rules in a sentence; empty if there are none."""
    rules = pin_rules(oneself)
    named = [_NAMES[letter] for letter in dict.fromkeys(rules.contents) if letter in _NAMES]
    length = _length(rules.least, rules.most)
    if not named:
        return length
    words = _listed(named)
    if rules.contents.startswith("+"):
        return _("{length} Nothing but {words}.", length=length, words=words)
    if rules.contents.startswith("-"):
        return _("{length} Each of these, and nothing else: {words}.", length=length, words=words)
    return _("{length} With {words} in it.", length=length, words=words)


def _length(least: int, most: int | None) -> Phrase | str:
    if most is not None:
        return _("{least} to {most} characters.", least=max(least, 1), most=most)
    return _("At least {n} characters.", n=least) if least > 1 else ""


def _listed(names: list[Phrase]) -> Phrase:
    joined = names[0]
    for name in names[1:]:
        joined = _("{some}, {more}", some=joined, more=name)
    return joined
