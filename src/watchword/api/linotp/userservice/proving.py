"""``verify`` and ``resync``: people try whether their tokens work. The gate decides, and writes the audit row."""

from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.questions import status_of, transaction_of
from watchword.api.linotp.userservice.answering import not_yours
from watchword.errors import MissingParameter, NoSuchToken, NotYours, Refused
from watchword.model.attempt import Posed
from watchword.model.challenge import Challenge
from watchword.model.token import Token
from watchword.plugin.shapes import Challenging
from watchword.selfservice import proving
from watchword.selfservice.oneself import own, own_to_change
from watchword.web.administrators.choosing import note
from watchword.web.call import Call

REPLY_MODE = ("offline",)
"""How a question is answered: by a code that somebody types."""


async def verify(call: Call) -> Answer:
    """Try a code; without one, have it sent or be told what to type; with a transaction alone, how it stands."""
    oneself, house, params = call.oneself, call.house, call.params
    oneself.permit(proving.VERIFY)
    serial, transaction, code = params.text("serial"), transaction_of(call), params.text("otp")
    if not serial and not transaction:
        raise MissingParameter("serial")
    token = await _own(call, serial) if serial else None
    if code:
        outcome = await proving.verify(
            house.gate,
            house.kinds,
            oneself,
            code,
            action=call.action,
            token=token,
            transaction=transaction,
        )
        call.recorded = True
        return Reply(outcome.accepted)
    if transaction:
        return await _told(call, transaction)
    assert token is not None, "there is a serial, or a transaction"
    if not proving.must_be_asked(house.kinds, token):
        return Reply(False, {"message": _prompt(call, token), "replyMode": REPLY_MODE})
    outcome = await proving.ask(house.gate, oneself, token, action=call.action, said=params.text("data"))
    call.recorded = True
    return Reply(False, told(outcome.questions[0]) if outcome.questions else None)


def told(question: Posed) -> dict[str, Any]:
    """A question, in the words of these calls."""
    return {
        "message": question.prompt,
        "replyMode": REPLY_MODE,
        "transactionId": question.id,
        **question.more,
        "linotp_tokenserial": question.serial,
        "linotp_tokentype": question.label,
        "linotp_tokendescription": question.description,
    }


def flat_status(call: Call, challenge: Challenge, token: Token) -> dict[str, Any]:
    """What has become of a question; nothing here is accepted or rejected but by a code."""
    status = {name: value for name, value in status_of(call, challenge, token).items() if name != "token"}
    return {**status, "accept": False, "reject": False}


async def resync(call: Call) -> Answer:
    """Bring an own token back into step by two codes in a row."""
    oneself, params = call.oneself, call.params
    oneself.permit(proving.RESYNC)
    serial, first, second = params.need("serial"), params.need("otp1"), params.need("otp2")
    try:
        async with call.view() as view:
            token = await own_to_change(view, oneself, serial)
    except NotYours as foreign:
        return not_yours(call, serial, foreign)
    note(call, [token])
    done = await proving.resync(
        call.house.gate,
        oneself,
        token,
        first,
        second,
        entry=call.entry(success=True),
        entry_if_refused=call.entry(success=False),
    )
    call.recorded = True
    return Reply({"resync Token": done})


async def _own(call: Call, serial: str) -> Token:
    """The token; of any other, clients know an error without number."""
    call.note.serial = serial
    try:
        async with call.view() as view:
            token = await own(view, call.oneself, serial)
    except NoSuchToken as foreign:
        raise Refused(foreign.message) from None
    note(call, [token])
    return token


async def _told(call: Call, transaction: str) -> Answer:
    """What became of a question to one of the person's tokens."""
    async with call.view() as view:
        challenges = await view.challenges.of(transaction)
        tokens = {token.id: token for token in await view.tokens.of(call.oneself.person.subject)}
    for challenge in challenges:
        token = tokens.get(challenge.token_id)
        if token is not None and challenge.expires >= call.now:
            status = flat_status(call, challenge, token)
            return Reply(bool(status["valid_tan"]), status)
    return Reply(False)


def _prompt(call: Call, token: Token) -> str:
    kind = call.house.kinds.token_type(token.kind)
    return kind.prompted(call.snapshot.configuration) if isinstance(kind, Challenging) else ""


DOORS = (
    Door("/userservice/verify", "GP", verify, guard="person"),
    Door("/userservice/resync", "P", resync, guard="person"),
)
