"""Whose tokens they are, for showing."""

from collections.abc import Iterable, Mapping

from watchword.model.person import Person, Subject
from watchword.model.token import Token
from watchword.web.administrators.unanswered import Unanswered, note_unanswered
from watchword.web.call import Call

Owners = Mapping[Subject, Person | None]


async def owners_of(call: Call, tokens: Iterable[Token]) -> tuple[Owners, Unanswered]:
    """The owners of these tokens, None for those who are not in the directory; and which resolvers do not answer.

    Of the people of these what was last known is shown, and None where nothing was.
    """
    wanted = {token.owner: token.realms for token in tokens if token.owner is not None}
    unanswered: Unanswered = {}
    found = await call.house.directory.owners(wanted, call.snapshot.configuration, unanswered)
    note_unanswered(call, unanswered)
    return found, unanswered
