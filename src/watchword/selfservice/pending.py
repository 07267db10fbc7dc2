"""Enrols in steps: a token that is begun is good for nothing until its owner has shown that it works.

There is one such token of a person at most, for half an hour. What was shown of it can be seen again, after a reload
say, in the log-in that began it and never in another; once it is finished, in none.
"""

from msgspec.structs import replace

from watchword.authentication.gate import Gate
from watchword.enrolment import changing
from watchword.enrolment.issuing import Enrolment
from watchword.enrolment.labels import label_of
from watchword.enrolment.limits import check_owner
from watchword.errors import NoSuchToken
from watchword.model.attempt import Attempt, Outcome, Route
from watchword.model.person import UserName
from watchword.model.token import PENDING, PENDING_PATH, Token
from watchword.plugin.shapes import Showing, Shown
from watchword.selfservice.enrolling import ORDER, Issued, Prepared, enrol
from watchword.selfservice.notification import ENROLLMENT, notify_oneself
from watchword.selfservice.oneself import Oneself, own
from watchword.selfservice.strength import check_strength
from watchword.storage.promises import Unit

LIFE = 1_800_000
"""Milliseconds from the beginning to the right code."""


async def begin(unit: Unit, enrolment: Enrolment, oneself: Oneself, prepared: Prepared) -> Issued:
    """The token that is to be finished; any other that was begun is forgotten. ProofNeeded, as for every change."""
    await check_strength(unit, oneself)
    await forget(unit, oneself, but=prepared.order)
    pending = {"until": oneself.occasion.now + LIFE, "entered": oneself.since}
    return await enrol(unit, enrolment, oneself, prepared, pending=pending)


async def begun(unit: Unit, oneself: Oneself) -> Token | None:
    """The token that the person has begun and can still finish."""
    tokens = await unit.tokens.of(oneself.person.subject)
    return next((one for one in tokens if one.pending and _in_time(oneself, one)), None)


async def to_finish(unit: Unit, oneself: Oneself, serial: str) -> Token:
    """The person's token with this serial, which is to be finished; NoSuchToken if it is not, or not any more."""
    token = await own(unit, oneself, serial)
    if not token.pending or not _in_time(oneself, token):
        raise NoSuchToken(f"{serial} is finished already, or its time is over: begin anew.")
    return token


def shown_again(enrolment: Enrolment, oneself: Oneself, token: Token) -> tuple[Shown, ...]:
    """What was shown when it was begun; nothing in another log-in than that one, and of a type that cannot."""
    kind, said = enrolment.kinds.token_type(token.kind), token.info.get(PENDING)
    here = isinstance(said, dict) and said.get("entered") == oneself.since
    if not here or not isinstance(kind, Showing):
        return ()
    return kind.show(
        token, label_of(oneself.occasion, token, oneself.person), enrolment.tools(oneself.occasion)
    )


async def send(
    gate: Gate, oneself: Oneself, token: Token, *, action: str, route: Route | None = None
) -> Outcome:
    """Have the code sent to where it will come from now on."""
    return await gate.check(replace(_attempt(oneself, token, action), route=route or Route()))


async def confirm(gate: Gate, oneself: Oneself, token: Token, code: str, *, action: str) -> Outcome:
    """Whether this code is right. It is used up, and a wrong one is counted: it is the gate that judges."""
    return await gate.check(replace(_attempt(oneself, token, action), answer=code))


async def finish(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str) -> Token:
    """Let the token be used everywhere, now that the gate has accepted it (`confirm`)."""
    token = await to_finish(unit, oneself, serial)
    kind = enrolment.kinds.token_type(token.kind)
    await check_owner(unit, oneself.occasion, oneself.person, kind, serial=serial)
    kept = {PENDING, ORDER, "scope"}

    def finished(held: Token) -> Token:
        return replace(held, info={name: said for name, said in held.info.items() if name not in kept})

    token = await changing.change(unit, token, finished)
    await notify_oneself(unit, enrolment, oneself, token, ENROLLMENT, "enrolled")
    return token


async def forget(unit: Unit, oneself: Oneself, *, but: str = "") -> None:
    """Remove what was begun and not finished, unless it was by this order."""
    person = oneself.person
    await unit.tokens.take_turn(f"owner {person.subject.resolver} {person.subject.userid}")
    for token in await unit.tokens.of(person.subject):
        if token.pending and not (but and token.info.get(ORDER) == but):
            await changing.remove(unit, token)


def _in_time(oneself: Oneself, token: Token) -> bool:
    return oneself.occasion.now <= token.pending_until


def _attempt(oneself: Oneself, token: Token, action: str) -> Attempt:
    person = oneself.person
    return Attempt(
        action=action,
        path=PENDING_PATH,
        user=UserName(login=person.login, realm=person.realm, resolver=person.subject.resolver),
        serial=token.serial,
        verified=True,
        client=oneself.occasion.client,
    )
