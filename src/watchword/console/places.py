"""The console's sections: where they are, and which right opens each."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from watchword.model.policy import Action
from watchword.web.translating import Phrase, _


class Place(Struct, frozen=True, kw_only=True):
    """One section."""

    name: str
    href: str
    label: Phrase
    icon: str
    right: Action[bool] | None = None
    """Who has it (in any realm) finds the section in the navigation; None: every administrator."""


GROUPS: tuple[tuple[Phrase, tuple[Place, ...]], ...] = (
    (Phrase(""), (Place(name="pulse", href="/manage/", label=_("Overview"), icon="pulse"),)),
)
"""In the order of the navigation."""

Group = tuple[Phrase, list[tuple[str, Phrase, str]]]


def navigation(may: Callable[[Action[bool]], bool]) -> Iterator[Group]:
    """The links that somebody with these rights sees, as `parts/shell.html` takes them."""
    for title, places in GROUPS:
        links = [
            (place.href, place.label, place.icon)
            for place in places
            if place.right is None or may(place.right)
        ]
        if links:
            yield title, links


def href_of(name: str) -> str:
    """Where the section of this name begins."""
    return next(place.href for _title, places in GROUPS for place in places if place.name == name)
