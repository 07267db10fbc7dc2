"""Numbers that the directory knows: asked by way of a token that nobody owns, so that the gate counts and locks.

Threat: a code that goes to somebody else's number. The number is read from the person's own entry at each question
and kept nowhere; the token's serial is a keyed fingerprint of method and person, and tells neither.
"""

from watchword.authentication.methods import Active
from watchword.delivery.numbers import e164
from watchword.enrolment.issuing import Order
from watchword.errors import Refused
from watchword.model.person import Person
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Enrolled
from watchword.web.call import Call

PATH = "oidc"
"""Of attempts and sessions; such a token is good nowhere else."""

_DIGITS = 6


def number_of(active: Active, person: Person) -> str:
    """The number in the directory that a code can be sent to; empty if there is none.

    What is no number (Gluu kept a mere yes or no there) counts as none.
    """
    try:
        return e164(active.number(person.attributes))
    except Refused:
        return ""


def serial_of(call: Call, active: Active, person: Person) -> str:
    """The serial of the token for this person's number."""
    subject = person.subject
    mark = call.house.ring.fingerprint("line", active.name, subject.resolver, subject.userid)
    return f"OIDC{mark[:8].hex().upper()}"


def kind_of(active: Active, kinds: Kinds) -> SentCode | None:
    """The token type that sends over the method's channel."""
    for kind in kinds:
        if isinstance(kind, SentCode) and kind.channel is active.method.channel and active.method.takes(kind):
            return kind
    return None


async def line(call: Call, active: Active, person: Person) -> Token | None:
    """The token that stands for the person's number; made when it is first needed, with an audit row."""
    kind = kind_of(active, call.house.kinds)
    if kind is None:
        return None
    serial = serial_of(call, active, person)
    async with call.view() as view:
        there = await view.tokens.by_serial(serial)
    if there is not None:
        return there if there.owner is None else None
    order = Order(
        kind=kind,
        enrolled=Enrolled(secret=b"", digits=_DIGITS, info={kind.address: "", "hashlib": kind.hashlib}),
        serial=serial,
        realms=(person.realm,),
        description=f"{active.attribute} of {person.login} ({active.name})",
        paths=(PATH,),
        limited=False,
    )
    note = call.note
    note.serial, note.token_type = serial, kind.label
    note.user, note.realm = person.login, person.realm
    note.action_detail = "the number in the directory has a token now, which counts wrong answers"
    try:
        async with call.unit() as unit:
            return await call.house.enrolment.issue(unit, call.occasion, order)
    except Refused:  # another request of the person was first
        async with call.view() as view:
            return await view.tokens.by_serial(serial)
