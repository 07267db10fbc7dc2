"""Finds the tokens that a code belongs to, without using the code up."""

from collections.abc import Sequence

from msgspec.structs import replace

from watchword.enrolment.issuing import Enrolment
from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter
from watchword.model.token import Token
from watchword.plugin.shapes import Recognising, Tools
from watchword.storage.promises import TokenFilter, Unit

MOST_TOKENS = 20_000
"""Tried by one search; each costs a tenth of a millisecond of a core."""
_BATCH = 100


async def recognise(
    unit: Unit,
    enrolment: Enrolment,
    occasion: Occasion,
    wanted: TokenFilter,
    code: str,
    *,
    most: int = MOST_TOKENS,
) -> tuple[Token, ...]:
    """The tokens among the wanted ones whose code this could be now.

    They are read as a stream and judged off the event loop. BadParameter if there are more than ``most``.
    """
    able = {kind.name for kind in enrolment.kinds if isinstance(kind, Recognising)}
    able &= wanted.kinds or able
    if not able:
        return ()
    tools = enrolment.tools(occasion)
    tried, batch, found = 0, list[Token](), list[Token]()
    async for token in unit.tokens.each(replace(wanted, kinds=frozenset(able))):
        tried += 1
        if tried > most:
            raise BadParameter(
                f"More than {most} tokens would have to be tried: narrow the search by type, realm "
                "or assigned."
            )
        batch.append(token)
        if len(batch) == _BATCH:
            found += await enrolment.costly.run(_recognised, enrolment, batch, code, tools)
            batch = []
    found += await enrolment.costly.run(_recognised, enrolment, batch, code, tools)
    return tuple(found)


def _recognised(enrolment: Enrolment, tokens: Sequence[Token], code: str, tools: Tools) -> list[Token]:
    return [token for token in tokens if _is_code_of(enrolment, token, code, tools)]


def _is_code_of(enrolment: Enrolment, token: Token, code: str, tools: Tools) -> bool:
    kind = enrolment.kinds.token_type(token.kind)
    assert isinstance(kind, Recognising)
    try:
        return kind.recognises(token, code, tools).accepted
    # A type is a plug-in, and a secret may be damaged: what cannot be judged has no code, and hides no other token.
    except Exception:  # noqa: BLE001
        return False
