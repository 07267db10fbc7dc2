"""``set``, ``setPin`` and ``setValidity``: what administrators change on tokens."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace

from watchword.api.linotp.admin.dates import UNLIMITED, read_date, read_seconds
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.enrolment import changing
from watchword.errors import BadParameter, MissingParameter, NothingToDo
from watchword.model.policy import Action
from watchword.model.token import Token, secret_context
from watchword.plugin.shapes import Adjustable, Pinned, TokenType
from watchword.web.administrators.choosing import Target, kind_of, note, occasion_of, owner_of, target_of
from watchword.web.administrators.rights import SET, SET_MOTP_PIN, SET_OTP_PIN
from watchword.web.call import Call
from watchword.web.parameters import Params

_LARGEST = 2**31 - 1
_NUMBERS: Mapping[str, tuple[str, int]] = {
    "MaxFailCount": ("max_failures", _LARGEST),
    "SyncWindow": ("sync_window", 100_000),
    "CounterWindow": ("window", 10_000),
    "OtpLen": ("digits", 4096),
    "countAuth": ("attempts", _LARGEST),
    "countAuthMax": ("attempts_max", _LARGEST),
    "countAuthSuccess": ("successes", _LARGEST),
    "countAuthSuccessMax": ("successes_max", _LARGEST),
}
"""Name -> field, and the largest number: codes in a window are computed one by one while others wait."""
_LIMITS = ("countAuthMax", "countAuthSuccessMax")
_DATES = {"validityPeriodStart": "valid_from", "validityPeriodEnd": "valid_until"}
_WORDS = ("hashlib", "phone")
"""Kept in the token info of any type."""
_ADJUSTED = ("timeWindow", "timeStep", "timeShift", "email_address")
"""Known to some types only."""

Change = Callable[[TokenType | None, Token], Token | None]
"""The token after a change; None if its type does not know such a thing."""


async def set_(call: Call) -> Answer:
    """Change tokens; the answer counts for each name how many tokens took it."""
    sent = call.params.folded()
    rights = _rights(sent)
    for permitted in rights:
        call.permit(permitted)
    changes = _changes(sent)
    target = await target_of(call, sent)
    if sent.has("pin"):
        changes = {"pin": await _pin(call, sent, target), **changes}
    if not changes:
        raise NothingToDo("Nothing to set was sent: name at least one of pin, MaxFailCount, OtpLen, ...")
    counts = {f"set {name}": 0 for name in changes}
    async with call.unit() as unit:
        tokens = await target.tokens(call, unit, *rights)
        for token in tokens:
            kind = kind_of(call.house.kinds, token)
            for name, change in changes.items():
                counts[f"set {name}"] += change(kind, token) is not None
            await changing.change(unit, token, partial(_changed, changes, kind))
        call.note.success = bool(tokens)
        call.note.action_detail = ", ".join(counts)
    return Reply(counts)


async def set_pin(call: Call) -> Answer:
    """Set the PIN that a token holds within its codes (``userpin``); ``sopin`` is taken and of no use."""
    sent = call.params.folded()
    call.permit(SET_MOTP_PIN)
    serial = sent.need("serial")
    names = [name for name in ("userpin", "sopin") if sent.has(name)]
    if not names:
        raise NothingToDo("Nothing to set was sent: send userpin.")
    tools = call.house.enrolment.tools(occasion_of(call))

    def repinned(held: Token) -> Token:
        kind = kind_of(call.house.kinds, held)
        if "userpin" not in names or not isinstance(kind, Pinned):
            return held
        secret = kind.repinned(held, sent.text("userpin"), tools)
        return replace(held, secret=call.house.ring.seal(secret_context(held.serial), secret))

    async with call.unit() as unit:
        token = await changing.fetch(unit, serial)
        call.permit(SET_MOTP_PIN, token.realms)
        note(call, [token])
        await changing.change(unit, token, repinned)
    return Reply({f"set {name}": 1 for name in names})


async def set_validity(call: Call) -> Answer:
    """Set limits of several tokens, times in seconds since 1970; ``unlimited`` takes a limit away."""
    sent = call.params.folded()
    call.permit(SET)
    serials = list(dict.fromkeys(sent.list("tokens")))
    if not serials:
        raise MissingParameter("tokens")
    fields = {
        **{field: read_seconds(name, sent.text(name.lower())) for name, field in _dates(sent)},
        **{_NUMBERS[name][0]: _limit(name, sent) for name in _LIMITS if sent.has(name.lower())},
    }
    if not fields:
        raise NothingToDo("No limit was sent: name at least one of countAuthMax, validityPeriodEnd, ...")
    async with call.unit() as unit:
        tokens = [await changing.fetch(unit, serial) for serial in serials]
        for token in tokens:
            call.permit(SET, token.realms)
        note(call, tokens)
        for token in tokens:
            await changing.change(unit, token, partial(replace, **fields))
    return Reply(serials)


def _rights(sent: Params) -> tuple[Action[bool], ...]:
    """``setOTPPIN`` for a PIN, ``set`` for all else."""
    others = any(sent.has(name.lower()) for name in (*_NUMBERS, *_DATES, *_WORDS, *_ADJUSTED, "description"))
    if not sent.has("pin"):
        return (SET,)
    return (SET_OTP_PIN, SET) if others else (SET_OTP_PIN,)


def _changes(sent: Params) -> dict[str, Change]:
    """What to change, by the dialect's names; BadParameter for what is no number or date."""
    changes: dict[str, Change] = {}
    for name, (field, largest) in _NUMBERS.items():
        if sent.has(name.lower()):
            changes[name] = _field(field, _number(name, sent.text(name.lower()), largest))
    for name, field in _dates(sent):
        changes[name] = _field(field, read_date(name, sent.text(name.lower())))
    for name in (*_WORDS, *_ADJUSTED):
        if sent.has(name.lower()):
            changes[name] = partial(_adjusted, name, sent.text(name.lower()))
    if sent.has("description"):
        changes["description"] = _field("description", sent.text("description"))
    return changes


async def _pin(call: Call, sent: Params, target: Target) -> Change:
    """The PIN as policy wants it kept for the tokens' owner."""
    house, occasion, owner = call.house, occasion_of(call), target.person
    realms: tuple[str, ...] = ()
    if target.serial and owner is None:
        async with call.view() as view:
            token = await view.tokens.by_serial(target.serial)
        if token is not None:
            owner, realms = await owner_of(call, token), token.realms
    pins = house.enrolment.pins
    prepared = await pins.prepare(
        occasion, occasion.about(owner, realms), sent.text("pin"), readable=sent.flag("encryptpin")
    )
    return lambda _kind, token: replace(token, pin=pins.place(prepared, token.serial))


def _changed(changes: Mapping[str, Change], kind: TokenType | None, token: Token) -> Token:
    for change in changes.values():
        token = change(kind, token) or token
    return token


def _field(field: str, value: object) -> Change:
    return lambda _kind, token: replace(token, **{field: value})


def _adjusted(name: str, value: str, kind: TokenType | None, token: Token) -> Token | None:
    if isinstance(kind, Adjustable) and name in kind.adjustable:
        return kind.adjust(token, name, value)
    return replace(token, info={**token.info, name: value}) if name in _WORDS else None


def _dates(sent: Params) -> list[tuple[str, str]]:
    return [(name, field) for name, field in _DATES.items() if sent.has(name.lower())]


def _limit(name: str, sent: Params) -> int:
    text = sent.text(name.lower())
    return 0 if text.strip().lower() == UNLIMITED else _number(name, text, _LARGEST)


def _number(name: str, text: str, largest: int) -> int:
    if not re.fullmatch(r"\d{1,10}", text.strip(), re.ASCII) or int(text) > largest:
        raise BadParameter(f"{name} must be a whole number from 0 to {largest}.")
    return int(text)


DOORS = (
    Door("/admin/set", "P", set_),
    Door("/admin/setPin", "P", set_pin),
    Door("/admin/setValidity", "P", set_validity),
)
