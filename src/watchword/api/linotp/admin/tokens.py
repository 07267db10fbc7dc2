"""``enable``, ``disable``, ``remove``, ``reset`` and ``resync``: what becomes of tokens that are there."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.enrolment import changing
from watchword.errors import NoSuchToken
from watchword.plugin.shapes import Resyncing
from watchword.web.administrators.choosing import kind_of, note, occasion_of, target_of
from watchword.web.administrators.rights import DISABLE, ENABLE, REMOVE, RESET, RESYNC
from watchword.web.call import Call


async def enable(call: Call) -> Answer:
    """Let tokens be used again."""
    call.permit(ENABLE)
    target = await target_of(call)
    async with call.unit() as unit:
        tokens = await target.tokens(call, unit, ENABLE)
        if not tokens and target.serial:
            raise NoSuchToken(f"There is no token with serial {target.serial!r}.")
        for token in tokens:
            await changing.enable(unit, occasion_of(call), token)
        call.note.success = bool(tokens)
    return _counted(len(tokens), "enabled")


async def disable(call: Call) -> Answer:
    """Let nobody use tokens until they are enabled."""
    call.permit(DISABLE)
    target = await target_of(call)
    async with call.unit() as unit:
        tokens = await target.tokens(call, unit, DISABLE)
        for token in tokens:
            await changing.disable(unit, token)
        call.note.success = bool(tokens)
    return _counted(len(tokens), "disabled")


async def reset(call: Call) -> Answer:
    """Forgive failures."""
    call.permit(RESET)
    target = await target_of(call)
    async with call.unit() as unit:
        tokens = await target.tokens(call, unit, RESET)
        for token in tokens:
            await changing.reset(unit, token)
        call.note.success = bool(tokens)
    return _counted(len(tokens), "reset")


async def remove(call: Call) -> Answer:
    """Remove tokens: one, several by ``serial[]``, or all of a user. All of them, or none."""
    call.permit(REMOVE)
    serials = call.params.list("serial")
    target = None if serials else await target_of(call)
    async with call.unit() as unit:
        if target is not None:
            tokens = await target.tokens(call, unit, REMOVE)
        else:
            tokens = [await changing.fetch(unit, serial) for serial in dict.fromkeys(serials)]
            for token in tokens:
                call.permit(REMOVE, token.realms)
            note(call, tokens)
        for token in tokens:
            await changing.remove(unit, token)
        call.note.success = bool(tokens)
    return _counted(len(tokens), "removed")


async def resync(call: Call) -> Answer:
    """Bring a token back into step; of a user's tokens each one that the two codes fit. Through the gate."""
    call.permit(RESYNC)
    first, second = call.params.need("otp1"), call.params.need("otp2")
    target = await target_of(call)
    async with call.view() as view:
        tokens = await target.tokens(call, view, RESYNC)
    done = []
    for token in tokens:
        if not isinstance(kind_of(call.house.kinds, token), Resyncing):
            continue
        note(call, [token])
        done.append(
            await call.house.gate.resync(
                token.serial,
                first,
                second,
                entry=call.entry(success=True),
                entry_if_refused=call.entry(success=False),
            )
        )
        call.recorded = True
    call.note.success = any(done)
    return Reply(any(done))


def _counted(number: int, done: str) -> Reply:
    return Reply(number, None if number else {"message": f"No token was {done}: none fits the request."})


DOORS = (
    Door("/admin/enable", "P", enable),
    Door("/admin/disable", "P", disable),
    Door("/admin/reset", "P", reset),
    Door("/admin/remove", "P", remove),
    Door("/admin/resync", "P", resync),
)
