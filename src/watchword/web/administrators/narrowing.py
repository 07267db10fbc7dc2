"""Which tokens a list shall hold: those of somebody, and none that the administrator may not see."""

from collections.abc import Collection

from msgspec.structs import replace

from watchword.directory.names import split
from watchword.errors import BadParameter
from watchword.model.person import Subject
from watchword.storage.promises import TokenFilter
from watchword.web.administrators.rights import SHOW
from watchword.web.call import Call

_MOST_PEOPLE = 10_000


def within_rights(call: Call, wanted: TokenFilter, realms: Collection[str]) -> TokenFilter:
    """Tokens in one of these realms (``""`` is none; no realms: all) that the administrator may see."""
    call.permit(SHOW)
    own = call.snapshot.rules.realms_of(SHOW, call.who, call.snapshot.configuration.realms)
    asked = frozenset(realms) if realms else None
    if own is not None:
        asked = own if asked is None else own & asked
    return replace(wanted, realms=asked)


async def owned_by_fitting(call: Call, wanted: TokenFilter, user: str, realm: str) -> TokenFilter:
    """Tokens of those whose login fits, in this realm or (empty) in all: ``*`` is any text, ``.`` one character."""
    return _owned_by(wanted, await _fitting(call, user, realm))


async def owned_by_missing(call: Call, wanted: TokenFilter) -> TokenFilter:
    """Tokens of those who are not in the directory any more."""
    return _owned_by(wanted, await _missing(call))


def _owned_by(wanted: TokenFilter, owners: set[Subject]) -> TokenFilter:
    return replace(wanted, owners=tuple(owners if wanted.owners is None else owners & set(wanted.owners)))


async def _fitting(call: Call, user: str, realm: str) -> set[Subject]:
    """Users of this name, or whose login fits the pattern, in this realm or in all."""
    configuration, directory = call.snapshot.configuration, call.house.directory
    realms = (realm,) if realm else ("", *configuration.realms)
    found: set[Subject] = set()
    if "*" not in user:
        name = split(user, configuration, realm=realm)
        for one in (name,) if name.realm else tuple(replace(name, realm=each) for each in realms):
            person = await directory.find(one, configuration)
            found |= {person.subject} if person is not None else set()
        if found or "." not in user:
            return found
    for each in realms:
        async for person in directory.search({"username": user.strip()}, configuration, realm=each):
            found.add(person.subject)
            if len(found) > _MOST_PEOPLE:
                raise BadParameter(f"More than {_MOST_PEOPLE} users fit {user!r}: write more of the name.")
    return found


async def _missing(call: Call) -> set[Subject]:
    """Owners of tokens who are surely not in the directory; such lists are made to be cleared away."""
    owners: set[Subject] = set()
    async with call.view() as view:
        async for token in view.tokens.each(TokenFilter(assigned=True)):
            owners.add(token.subject)
            if len(owners) > _MOST_PEOPLE:
                raise BadParameter(
                    f"More than {_MOST_PEOPLE} users own tokens: looking all of them up would take too long."
                )
    return await call.house.directory.gone(owners, call.snapshot.configuration)
