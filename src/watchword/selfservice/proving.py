"""Tries one's own tokens, through the gate: a code that is tried is used up, and a wrong one is counted."""

from msgspec.structs import replace

from watchword.authentication.candidates import parted_for
from watchword.authentication.gate import Gate
from watchword.errors import MissingParameter
from watchword.model.attempt import Attempt, Outcome
from watchword.model.audit import AuditEntry
from watchword.model.person import UserName
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Challenging
from watchword.selfservice.logging_in import PATH
from watchword.selfservice.oneself import Oneself, right

VERIFY = right("verify", "Try whether own tokens work")
RESYNC = right("resync", "Bring own tokens back into step by two codes")
ACTIONS = (VERIFY, RESYNC)


def must_be_asked(kinds: Kinds, token: Token) -> bool:
    """Whether the token's codes come only when they are asked for."""
    kind = kinds.token_type(token.kind)
    return isinstance(kind, Challenging) and kind.only_asked


async def ask(gate: Gate, oneself: Oneself, token: Token, *, action: str, said: str = "") -> Outcome:
    """Have the token's code sent; a refusal where it cannot be. ``said`` goes along with it."""
    oneself.permit(VERIFY)
    return await gate.check(replace(_attempt(oneself, action), serial=token.serial, said=said))


async def verify(
    gate: Gate,
    kinds: Kinds,
    oneself: Oneself,
    code: str,
    *,
    action: str,
    token: Token | None,
    transaction: str = "",
) -> Outcome:
    """Whether this code is right now: of the token, or as the answer to a question that one of the person's was asked.

    No PIN is needed in front of a code, and any does. An empty code is never right.
    """
    oneself.permit(VERIFY)
    if not code:
        raise MissingParameter("otp")
    if token is not None and not transaction:
        code = _without_pin(kinds, oneself, token, code)
    serial = token.serial if token is not None else None
    return await gate.check(
        replace(_attempt(oneself, action), answer=code, serial=serial, transaction=transaction)
    )


async def resync(
    gate: Gate,
    oneself: Oneself,
    token: Token,
    first: str,
    second: str,
    *,
    entry: AuditEntry,
    entry_if_refused: AuditEntry,
) -> bool:
    """Bring the token back into step by two codes in a row, which are used up; the gate writes the audit row."""
    oneself.permit(RESYNC)
    return await gate.resync(token.serial, first, second, entry=entry, entry_if_refused=entry_if_refused)


def _attempt(oneself: Oneself, action: str) -> Attempt:
    person = oneself.person
    return Attempt(
        action=action,
        path=PATH,
        user=UserName(login=person.login, realm=person.realm, resolver=person.subject.resolver),
        verified=True,
        client=oneself.occasion.client,
    )


def _without_pin(kinds: Kinds, oneself: Oneself, token: Token, code: str) -> str:
    kind = kinds.token_type(token.kind)
    if kind.needs_own_pin():
        return code
    pin_first = oneself.occasion.configuration.flag("PrependPin", default=True)
    return parted_for(kind, code, token.digits, pin_first=pin_first)[1]
