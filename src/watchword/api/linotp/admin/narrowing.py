"""Which tokens a list shall hold: by owner's name, realm and the administrator's rights."""

from collections.abc import Collection

from msgspec.structs import replace

from watchword.api.linotp.admin.rights import right
from watchword.api.linotp.admin.showing import NO_USER_INFO
from watchword.directory.names import split
from watchword.errors import BadParameter
from watchword.model.person import Subject
from watchword.storage.promises import TokenFilter
from watchword.web.call import Call

SHOW = right("show", "See tokens; every other right implies it, unless a policy says it explicitly")

_NO_REALM = ("/:no realm:/", "''", '""')
_NO_USER = ("/:no user:/", "/:none:/", "''", '""')
_MOST_PEOPLE = 10_000


def realms_asked(text: str) -> frozenset[str]:
    """The realms of a comma list, ``""`` for tokens in none; empty if all are meant."""
    names = {name.strip().lower() for name in text.split(",")} - {""}
    if "*" in names:
        return frozenset()
    return frozenset("" if name in _NO_REALM else name for name in names)


async def by_owner(call: Call, wanted: TokenFilter, user: str, realm: str) -> TokenFilter:
    """Tokens of those whose login fits: ``*`` is any text, ``.`` one character; or of nobody, or of somebody who
    is not in the directory any more.
    """
    text = user.strip().lower()
    if text in _NO_USER:
        return replace(wanted, assigned=False)
    if text == NO_USER_INFO:
        return _owned_by(wanted, await _missing(call))
    if set(text) == {"*"}:
        return replace(wanted, assigned=True)
    known = realm.strip().lower()
    return _owned_by(
        wanted, await _fitting(call, user, known if known in call.snapshot.configuration.realms else "")
    )


def within_rights(call: Call, wanted: TokenFilter, realms: Collection[str]) -> TokenFilter:
    """Tokens in one of these realms (``""`` is none; no realms: all) that the administrator may see."""
    call.permit(SHOW)
    own = call.snapshot.rules.realms_of(SHOW, call.who, call.snapshot.configuration.realms)
    asked = frozenset(realms) if realms else None
    if own is not None:
        asked = own if asked is None else own & asked
    return replace(wanted, realms=asked)


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
