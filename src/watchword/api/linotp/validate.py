"""``/validate``: is this answer right? The gate decides; this module only speaks the dialect.

Nothing here is ever an error to the caller: whatever goes wrong is the plain "no", byte for byte the same.
"""

from http import HTTPStatus
from typing import Any

from msgspec.structs import replace

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, NO, YES, Answer, Raw, Reply, enveloped
from watchword.api.linotp.questions import check_status, reply_to, transaction_of
from watchword.authentication.case import Completing
from watchword.directory.names import split
from watchword.model.attempt import Attempt, Outcome
from watchword.model.configuration import Configuration
from watchword.model.person import UserName
from watchword.web.call import Call

HTML = "text/html; charset=utf-8"
_SAML_ATTRIBUTES = ("username", "surname", "mobile", "phone", "givenname", "email")


async def check(call: Call) -> Answer:
    """Judge user and pass."""
    outcome = await _checked(call)
    if outcome is None:
        return Raw(NO, JSON)
    return _answer(call, outcome)


async def check_s(call: Call) -> Answer:
    """Judge serial and pass; without serial, the one token of the user."""
    params = call.params
    answer = params.sent("pass")
    if answer is None and not (params.has("challenge") or params.has("data")):
        return await _unjudged(call, _malformed(), "no pass")
    serial = params.text("serial")
    if not serial:
        if not _names_user(call):
            return await _unjudged(call, Raw(NO, JSON), "neither serial nor user")
        serial = await _only_serial(call)
        if not serial:
            return await _unjudged(call, _malformed(), "the user does not own exactly one token")

    def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
        return replace(attempt, client=_client(call, configuration))

    attempt = replace(_attempt(call, answer or ""), serial=serial)
    outcome = await _judged(call, attempt, complete)
    if answer is None and not outcome.questions:
        return _malformed()
    return _answer(call, outcome)


async def smspin(call: Call) -> Answer:
    """Send an SMS to whoever knows the PIN. That one was sent is the value; the question stands in the id."""
    outcome = await _checked(call)
    if outcome is None or not any(one.label == "sms" for one in outcome.questions):
        return Raw(NO, JSON)
    return Reply(True, id=reply_to(outcome))


async def simplecheck(call: Call) -> Answer:
    """Judge as `check` does, and answer with a face."""
    outcome = await _checked(call)
    if outcome is None:
        return Raw(b":-(", HTML)
    if outcome.questions:
        told = reply_to(outcome)
        return Raw(f":-( {told['transactionid']} {told['message']}".encode(), HTML)
    return Raw(b":-)" if outcome.accepted else b":-(", HTML)


async def samlcheck(call: Call) -> Answer:
    """Judge as `check` does, and tell who it was where ``allowSamlAttributes`` says so."""
    outcome = await _checked(call)
    accepted = outcome is not None and outcome.accepted
    attributes: dict[str, str] = {}
    tells = call.snapshot.configuration.text("allowSamlAttributes") == "True"
    if tells and outcome is not None and accepted and outcome.person is not None:
        known = {**outcome.person.attributes, "username": outcome.person.login}
        attributes = {name: known.get(name, "") for name in _SAML_ATTRIBUTES}
    detail = None if outcome is None else reply_to(outcome) if outcome.questions else outcome.detail
    return Reply({"auth": accepted, "attributes": attributes}, detail=detail, id=0)


async def check_t(call: Call) -> Answer:
    """Judge the answer to a question by its transaction id alone."""
    transaction, answer = transaction_of(call), call.params.sent("pass")
    if not transaction or answer is None:
        return await _unjudged(call, Raw(NO, JSON), "transactionid or pass is missing")

    def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
        return replace(attempt, client=_client(call, configuration))

    outcome = await _judged(call, _attempt(call, answer), complete)
    if outcome.token is None:
        unknown = {"value": False, "failcount": 0}
        return Reply(
            unknown, detail={"value": False, "failure": "No challenge for this transaction was found."}
        )
    value = {"value": outcome.accepted, "failcount": outcome.failures}
    label = call.house.kinds.token_type(outcome.token.kind).label
    detail = {**value, "token_type": label, "serial": outcome.token.serial, **outcome.detail}
    return Reply(value, detail=detail)


async def ok(_call: Call) -> Answer:
    """Always yes: to try a client."""
    return Raw(YES, JSON)


async def fail(_call: Call) -> Answer:
    """Always no: to try a client."""
    return Raw(NO, JSON)


async def _checked(call: Call) -> Outcome | None:
    """The gate's outcome, None (and an audit row) where user or pass is missing."""
    params = call.params
    answer = params.sent("pass")
    if answer is None or not _names_user(call):
        await _unjudged(call, Raw(NO, JSON), "user or pass is missing")
        return None

    def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
        return replace(attempt, user=_user(call, configuration), client=_client(call, configuration))

    attempt = replace(_attempt(call, answer), serial=params.text("serial") or None)
    return await _judged(call, attempt, complete)


async def _judged(call: Call, attempt: Attempt, complete: Completing) -> Outcome:
    """The gate's outcome; from then on the call sees a configuration that is not older than the one that decided."""
    outcome = await call.house.gate.check(attempt, complete=complete)
    call.snapshot = await call.house.snapshots.current()
    return outcome


def _answer(call: Call, outcome: Outcome) -> Answer:
    if outcome.questions:
        return Reply(False, detail=reply_to(outcome), id=0)
    detail: dict[str, Any] = dict(outcome.detail)
    if outcome.accepted and call.params.text("auth_info").lower() == "true":
        pin, otp = ["pin_length", outcome.parts[0]], ["otp_length", outcome.parts[1]]
        pin_first = call.snapshot.configuration.flag("PrependPin", default=True)
        detail["auth_info"] = [pin, otp] if pin_first else [otp, pin]
    if not detail:
        return Raw(YES if outcome.accepted else NO, JSON)
    return Reply(outcome.accepted, detail=detail, id=0)


def _attempt(call: Call, answer: str) -> Attempt:
    params = call.params
    return Attempt(
        action=call.action,
        kinds=_kinds(call),
        answer=answer,
        transaction=transaction_of(call),
        said=params.text("data") or params.text("message") or params.text("challenge"),
        asks=params.has("data") or params.has("challenge"),
        sent=dict(params.without("pass").items()),
    )


def _names_user(call: Call) -> bool:
    return bool(call.params.text("user").strip())


def _user(call: Call, configuration: Configuration) -> UserName:
    params = call.params
    return split(
        params.text("user"), configuration, realm=params.text("realm"), resolver=params.text("resConf")
    )


def _client(call: Call, configuration: Configuration) -> str:
    return call.sender.claimed_address(call.params.text("client"), configuration)


def _kinds(call: Call) -> frozenset[str]:
    asked = call.params.text("token_type")
    return frozenset(asked.lower().split()) if asked else frozenset()


async def _only_serial(call: Call) -> str:
    """The serial of the user's one token; empty if the user is unknown or has none or several."""
    configuration = (await call.house.snapshots.latest()).configuration
    person = await call.house.directory.find(_user(call, configuration), configuration)
    if person is None:
        return ""
    async with call.glance() as view:
        tokens = await view.tokens.of(person.subject)
    return tokens[0].serial if len(tokens) == 1 else ""


async def _unjudged(call: Call, answer: Answer, why: str) -> Answer:
    """An attempt that cannot be judged leaves its row all the same."""
    call.note.user = call.params.text("user")[:255]
    call.client = _client(call, call.snapshot.configuration)
    await call.record(success=False, detail=why)
    return answer


def _malformed() -> Raw:
    """The dialect's odd form for a call by serial that names nothing to judge."""
    return Raw(enveloped({"status": False, "value": False}, identifier=0), JSON, HTTPStatus.OK)


def _door(name: str, endpoint: Any) -> Door:
    return Door(f"/validate/{name}", "GP", endpoint, guard="none", audited=False, silent=True)


DOORS = (
    _door("check", check),
    _door("check_s", check_s),
    _door("check_t", check_t),
    _door("check_status", check_status),
    _door("smspin", smspin),
    _door("simplecheck", simplecheck),
    _door("samlcheck", samlcheck),
    _door("ok", ok),
    _door("fail", fail),
)
