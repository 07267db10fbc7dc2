"""``/auth``: pages on which somebody tries a log-in. The gate decides; these pages ask it and show what it said.

Their forms carry no token against forged requests: a page elsewhere that sends one can do no more than send the same
fields to ``/validate/check``, which anybody may, learns nothing of the answer, and there is no session to abuse.
"""

from typing import Any

from msgspec.structs import replace

from watchword.api.linotp.doors import Door, Endpoint
from watchword.api.linotp.envelope import Answer
from watchword.directory.names import split
from watchword.errors import WatchwordError
from watchword.model.attempt import Attempt, Outcome, Result
from watchword.model.configuration import Configuration
from watchword.web.call import Call
from watchword.web.showing import page

_ACTION = "validate/check"
_NAME_CHARACTERS = 255


async def one_field(call: Call) -> Answer:
    """A page to try a log-in: user name, and PIN and code in one field."""
    outcome = await _judged(call, call.params.text("pass")) if call.method == "POST" else None
    return _page(
        call, "auth/one-field.html", "/auth/index", outcome, pin_first=_pin_first(call.snapshot.configuration)
    )


async def two_fields(call: Call) -> Answer:
    """A page to try a log-in: user name, PIN and code in a field each."""
    outcome = None
    if call.method == "POST":
        outcome = await _judged(call, call.params.text("pin"), otp=call.params.text("otp").strip())
    return _page(call, "auth/two-fields.html", "/auth/index3", outcome)


async def challenge(call: Call) -> Answer:
    """A page to try a challenge: trigger it with the PIN, then submit the code."""
    outcome, transaction = None, ""
    if call.method == "POST":
        transaction = call.params.text("transactionid")
        outcome = await _judged(call, call.params.text("pass"), transaction=transaction)
        if outcome is not None and outcome.accepted:
            transaction = ""
        elif outcome is not None and outcome.questions:
            first = outcome.questions[0].id
            transaction = first.partition(".")[0] if outcome.together else first
    return _page(call, "auth/challenge.html", "/auth/challenge-response", outcome, transaction=transaction)


async def _judged(call: Call, pin: str, *, otp: str = "", transaction: str = "") -> Outcome | None:
    """What the gate says; None where nobody is named, so that there is nothing to try."""
    if not call.params.text("user").strip():
        return None

    def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
        return replace(
            attempt,
            user=split(call.params.text("user"), configuration),
            answer=pin + otp if _pin_first(configuration) else otp + pin,
            client=call.sender.address(configuration),
        )

    attempt = Attempt(action=_ACTION, transaction=transaction)
    try:
        outcome = await call.house.gate.check(attempt, complete=complete)
    except WatchwordError as broken:
        # As at /validate: whatever goes wrong is the plain "no".
        return Outcome(result=Result.NO, why=broken.message)
    call.snapshot = await call.house.snapshots.current()
    return outcome


def _page(call: Call, template: str, tab: str, outcome: Outcome | None, **shown: Any) -> Answer:
    """The form with what became of the last answer; of what was typed only the name is shown again."""
    return page(
        call,
        template,
        tab=tab,
        user=call.params.text("user")[:_NAME_CHARACTERS],
        state=_state(outcome),
        questions=outcome.questions if outcome is not None else (),
        **shown,
    )


def _state(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    return "yes" if outcome.accepted else "question" if outcome.questions else "no"


def _pin_first(configuration: Configuration) -> bool:
    return configuration.flag("PrependPin", default=True)


def _door(name: str, endpoint: Endpoint) -> Door:
    return Door(f"/auth/{name}", "GP", endpoint, guard="none", audited=False, page=True)


DOORS = (
    _door("", one_field),
    _door("index", one_field),
    _door("index3", two_fields),
    _door("challenge-response", challenge),
    _door("challenge_response", challenge),
)
