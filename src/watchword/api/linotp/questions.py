"""How the dialect tells of questions: the keys of a reply, and what has become of a transaction."""

from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, NO, Answer, Raw, Reply
from watchword.challenges.identifiers import is_one, parent_of
from watchword.directory.names import split
from watchword.errors import AmbiguousUser, NothingToDo, Unreachable
from watchword.model.attempt import Outcome, Posed
from watchword.model.challenge import Challenge
from watchword.model.person import UserName
from watchword.model.token import Token
from watchword.storage.promises import TokenFilter
from watchword.web.administrators.rights import CHECKSTATUS
from watchword.web.call import Call

SEVERAL = "Multiple challenges submitted."


def transaction_of(call: Call) -> str:
    """The id that an answer names, by either of its two names; empty if it names none that could be one."""
    named = call.params.text("transactionid") or call.params.text("state")
    return named if is_one(named) else "-" if named else ""


def reply_to(outcome: Outcome) -> dict[str, Any]:
    """The detail of an answer that asks: one question, or several under their parent's id."""
    if not outcome.together:
        return _told(outcome.questions[0])
    return {
        "transactionid": parent_of(outcome.questions[0].id),
        "message": SEVERAL,
        "challenges": {one.serial: _told(one) for one in outcome.questions},
    }


def _told(posed: Posed) -> dict[str, Any]:
    told: dict[str, Any] = {"transactionid": posed.id, "message": posed.prompt}
    if posed.travels:
        told["state"] = posed.id
    if posed.blocked:
        told["info"] = "challenge already submitted"
    told.update(posed.more)
    return {
        **told,
        "linotp_tokenserial": posed.serial,
        "linotp_tokentype": posed.label,
        "linotp_tokendescription": posed.description,
    }


async def check_status(call: Call) -> Answer:
    """What became of a transaction, for whoever knows its id and the PIN. Nothing is counted by asking."""
    transaction, answer = transaction_of(call), call.params.sent("pass")
    if not transaction or answer is None:
        return Raw(NO, JSON)
    async with call.view() as view:
        challenges = await view.challenges.of(transaction)
        tokens = {
            token.id: token
            for token in [
                await view.tokens.by_serial(serial) for serial in {one.serial for one in challenges}
            ]
            if token is not None
        }
    told = {}
    for challenge in challenges:
        token = tokens.get(challenge.token_id)
        if token is None or challenge.expires < call.now or not await _may_see(call, token, answer):
            continue
        told[challenge.id] = status_of(call, challenge, token)
    if not told:
        return Raw(NO, JSON)
    return Reply(True, detail={"transactions": told}, id=0)


async def _may_see(call: Call, token: Token, answer: str) -> bool:
    serial = call.params.text("serial")
    if serial and token.serial != serial:
        return False
    name = None
    if call.params.text("user").strip():
        name = _user(call)
    try:
        return await call.house.gate.holds_pin(token, answer, user=name, client=call.client)
    except (AmbiguousUser, Unreachable):
        return False


def _user(call: Call) -> UserName:
    params = call.params
    return split(
        params.text("user"),
        call.snapshot.configuration,
        realm=params.text("realm"),
        resolver=params.text("resConf"),
    )


def status_of(call: Call, challenge: Challenge, token: Token) -> dict[str, Any]:
    """What has become of one question."""
    return {
        "received_count": challenge.received,
        "received_tan": challenge.received > 0,
        "valid_tan": challenge.valid,
        "message": challenge.prompt,
        "status": "open" if challenge.open else "closed",
        "token": {"serial": token.serial, "type": call.house.kinds.token_type(token.kind).label},
    }


async def checkstatus(call: Call) -> Answer:
    """What became of the questions of a transaction, a token or a user, for administrators."""
    call.permit(CHECKSTATUS)
    params = call.params
    transaction, serial, user = transaction_of(call), params.text("serial"), params.text("user")
    if not (transaction or serial or user):
        raise NothingToDo("Name a transactionid, a serial or a user.")
    owners = None
    if user and not transaction and not serial:
        person = await call.house.directory.find(_user(call), call.snapshot.configuration)
        owners = (person.subject,) if person is not None else ()
    async with call.view() as view:
        if transaction:
            challenges = await view.challenges.of(transaction)
            serials = {one.serial for one in challenges}
            found = [await view.tokens.by_serial(one) for one in sorted(serials)]
            tokens = [token for token in found if token is not None]
        else:
            wanted = TokenFilter(serial=serial or None, owners=owners)
            tokens = [token async for token in view.tokens.each(wanted)]
            challenges = await view.challenges.of_tokens(token.id for token in tokens)
    values: dict[str, Any] = {}
    for token in tokens:
        own = [one for one in challenges if one.token_id == token.id and one.expires >= call.now]
        if own:
            values[token.serial] = {
                "tokeninfo": dict(token.info),
                "challenges": {one.id: status_of(call, one, token) for one in own},
            }
    return Reply({"values": values})


DOORS = (Door("/admin/checkstatus", "GP", checkstatus),)
