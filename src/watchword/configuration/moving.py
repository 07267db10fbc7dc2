"""Tokens whose owners are known by other ids from now on: of another resolver, or of one that is configured anew."""

import asyncio
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from watchword.directory.finding import Directory
from watchword.directory.names import canonical
from watchword.errors import AmbiguousUser, Refused
from watchword.model.configuration import ResolverConfig
from watchword.model.person import Subject
from watchword.model.token import Token
from watchword.storage.promises import Store, TokenFilter, Unit

_AT_ONCE = 16


class Move(Struct, frozen=True, kw_only=True):
    """Where the owners of a resolver's tokens are to be found."""

    source: str
    """Name of the resolver that they are in."""
    target: str
    userids: Mapping[str, str]
    """Id there -> id here; who is missing was not found, and stays."""


async def find_by_login(
    store: Store, directory: Directory, source: ResolverConfig, target: ResolverConfig
) -> Move:
    """The owners of all tokens of ``source``, found by their logins in ``target``; asked outside of transactions.

    `errors.Unreachable` if one of the two does not answer: nobody is taken for missing because of that. `Refused` if
    a resolver that takes its own place would lose so many that it cannot be meant: nobody could be found again.
    """
    async with store.view() as view:
        wanted = TokenFilter(resolver=source.name)
        owners = sorted({token.owner.userid async for token in view.tokens.each(wanted) if token.owner})
    userids: dict[str, str] = {}
    known = 0
    async with directory.apart(source) as old, directory.apart(target) as new:

        async def find(userid: str) -> None:
            nonlocal known
            record = await old.get(userid)
            known += record is not None
            login = canonical(record.login) if record is not None else ""
            try:
                found = await new.find(login) if login else None
            except AmbiguousUser:  # it cannot be told to whom the tokens shall belong
                return
            if found is not None:
                userids[userid] = found.userid

        for start in range(0, len(owners), _AT_ONCE):
            await asyncio.gather(*(find(userid) for userid in owners[start : start + _AT_ONCE]))
    lost = known - len(userids)
    if source.name == target.name and directory.doubts(missing=lost, people=known):
        raise Refused(
            f"{lost} of {known} owners of tokens would not be found any more by {target.name}: look at its settings. "
            "If that is meant, make a resolver of another name and move the tokens by tools/migrate_resolver."
        )
    return Move(source=source.name, target=target.name, userids=userids)


async def move(unit: Unit, plan: Move) -> tuple[list[str], int]:
    """Give the tokens to their owners' new ids; serials of those that were moved, and how many there are in all."""
    tokens = [token async for token in unit.tokens.each(TokenFilter(resolver=plan.source))]
    moved = [token for token in tokens if token.owner and token.owner.userid in plan.userids]
    await give(
        unit,
        ((token, Subject(plan.target, plan.userids[token.owner.userid])) for token in moved if token.owner),
    )
    return [token.serial for token in moved], len(tokens)


async def give(unit: Unit, tokens: Iterable[tuple[Token, Subject]]) -> None:
    """Write down new owners."""
    for token, owner in tokens:
        if token.owner != owner and not await unit.tokens.change(token, replace(token, owner=owner)):
            raise Refused(f"Token {token.serial} was changed at the same moment: try again.")
