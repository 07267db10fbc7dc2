"""How the dialect says which tokens a list shall hold: by realm, and by owner's name."""

from msgspec.structs import replace

from watchword.storage.promises import TokenFilter
from watchword.web.administrators.narrowing import owned_by_fitting, owned_by_missing
from watchword.web.call import Call

NO_USER_INFO = "/:no user info:/"
_NO_REALM = ("/:no realm:/", "''", '""')
_NO_USER = ("/:no user:/", "/:none:/", "''", '""')


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
        return await owned_by_missing(call, wanted)
    if set(text) == {"*"}:
        return replace(wanted, assigned=True)
    known = realm.strip().lower()
    return await owned_by_fitting(
        call, wanted, user, known if known in call.snapshot.configuration.realms else ""
    )
