"""``/answer``: the page on which questions are answered whose type asks elsewhere (`plugin.shapes.Deferred`).

Threat: somebody who presses the button of another, or presses it twice. Who waits for the answer knows the question's
id and cannot answer by it: the type judges what is sent from here, and the gate counts wrong answers and makes a right
one true once.
"""

from http import HTTPStatus

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.api.linotp.questions import transaction_of
from watchword.model.attempt import Attempt
from watchword.model.challenge import Challenge
from watchword.plugin.shapes import Deferred, TokenType
from watchword.web.call import Call
from watchword.web.showing import language_of, page
from watchword.web.translating import _

PATH = "/answer"


async def answer(call: Call) -> Answer:
    """The question with the form of its type, and what became of an answer."""
    transaction = transaction_of(call)
    found = await _open(call, transaction)
    if found is None:
        return page(call, "answer.html", kind=None, said=None, status=HTTPStatus.NOT_FOUND)
    challenge, kind = found
    said = None
    if call.method == "POST":
        outcome = await call.house.gate.check(
            Attempt(
                action="validate/answer",
                transaction=transaction,
                elsewhere=call.params,
                client=call.client,
            )
        )
        if outcome.accepted:
            return page(call, "answer.html", kind=None, said=("yes", _("Done. You are let in.")))
        if await _open(call, transaction) is None:
            return page(call, "answer.html", kind=None, said=("info", _("Refused. Nobody is let in.")))
        said = ("no", _("That was not right. Nobody is let in yet."))
    language = language_of(call)
    faces = call.house.faces
    return page(
        call,
        "answer.html",
        kind=kind.name,
        title=faces.title(kind, "answer", language),
        part=faces.show(kind, "answer", language, (), prompt=challenge.prompt),
        transaction=transaction,
        said=said,
        keep={"transactionid": transaction},
    )


async def _open(call: Call, transaction: str) -> tuple[Challenge, TokenType] | None:
    """The one open question of this id, where its type has a page for the answer."""
    if not transaction:
        return None
    async with call.view() as view:
        held = await view.challenges.of(transaction)
    for challenge in held:
        kind = call.house.kinds.token_type(challenge.kind)
        if challenge.id == transaction and challenge.open and challenge.expires >= call.now:
            return (challenge, kind) if isinstance(kind, Deferred) else None
    return None


DOORS = (Door(PATH, "GP", answer, guard="none", audited=False, page=True),)
