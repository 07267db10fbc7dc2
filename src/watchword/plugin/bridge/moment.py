"""What a class of LinOTP's form may reach while it is called, and at no other time."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from watchword.errors import WatchwordError
from watchword.model.policy import Action
from watchword.plugin.shapes import Settings, Tools


class NotHere(WatchwordError):
    """A class asked for something that is not to be had at this moment."""

    slug = "not-here"


def _no_rules(_action: Action[Any]) -> Any:
    return None


def _no_pin(_pin: str) -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Moment:
    """One call of a class."""

    settings: Settings
    tools: Tools | None = None
    login: str = ""
    realm: str = ""
    client: str = ""
    parts: tuple[str, tuple[str, str]] = ("", ("", ""))
    """The answer, and how the house parts it."""
    pin_matches: Callable[[str], bool] = _no_pin
    rules: Callable[[Action[Any]], Any] = _no_rules
    actions: Mapping[str, Action[Any]] = field(default_factory=dict)
    """The class's own policy actions by name."""


HERE: ContextVar[Moment] = ContextVar("moment of a token class")


def here() -> Moment:
    """The call that is under way; NotHere between calls."""
    moment = HERE.get(None)
    if moment is None:
        raise NotHere("A token class may ask for settings and users only while it is called.")
    return moment


def tools_here() -> Tools:
    """What a type may use now; NotHere where nothing but settings is at hand."""
    tools = here().tools
    if tools is None:
        raise NotHere("A token class has no dice and no secrets here.")
    return tools
