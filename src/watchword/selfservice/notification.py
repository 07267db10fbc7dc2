"""Tells people by e-mail that something about their tokens has changed, so that a stranger's doing is noticed.

The message goes into the outbox in the transaction of the change: both become true, or neither. It holds no seed, code
or PIN.
"""

from msgspec.structs import replace

from watchword.clock import instant
from watchword.delivery.carriers import carriers
from watchword.delivery.outbox import packed
from watchword.enrolment.issuing import Enrolment
from watchword.enrolment.occasion import Occasion
from watchword.model.message import Channel, Message
from watchword.model.person import Person
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.plugin.sent_codes import MAILBOX, one_line
from watchword.selfservice.oneself import Oneself
from watchword.storage.promises import Unit


def _notice(name: str, when: str) -> Action[str]:
    return Action(
        name=name,
        scope=Scope.NOTIFICATION,
        kind="str",
        default="",
        help=f"email, or email::PROVIDER: who has an e-mail address in the directory is told by mail when {when}",
    )


ENROLLMENT = _notice("enrollment", "a token is enrolled for or given to them, also by an administrator")
SET_PIN = _notice("setPin", "they have set the PIN of a token")
TOKEN_CHANGE = _notice("tokenchange", "they have enabled, disabled, removed or given back a token")
STRANGER = _notice(
    "unknownlogin", "they have said at the portal that a log-in was not theirs, and its token was disabled"
)
ACTIONS = (ENROLLMENT, SET_PIN, TOKEN_CHANGE, STRANGER)

_WORTH = 86_400_000
"""Milliseconds for which a notice is worth bringing."""
_LONGEST_NAME = 100


async def notify(
    unit: Unit,
    enrolment: Enrolment,
    occasion: Occasion,
    person: Person,
    token: Token,
    action: Action[str],
    done: str,
) -> bool:
    """Write to the person that the token was ``done`` ("enrolled"), where policy wants that; whether it does."""
    message = _message(enrolment, occasion, person, token, done)
    providers = _providers(occasion, person, action)
    if message is None or not providers:
        return False
    errand = packed(
        message, providers, enrolment.ring, enrolment.dice, now=occasion.now, expires=occasion.now + _WORTH
    )
    # Nobody waits for it: whichever node looks first brings it.
    await unit.errands.add([replace(errand, held_until=0)])
    return True


async def notify_oneself(
    unit: Unit, enrolment: Enrolment, oneself: Oneself, token: Token, action: Action[str], done: str
) -> bool:
    """The same for what people do themselves: it may be somebody else in their name."""
    return await notify(unit, enrolment, oneself.occasion, oneself.person, token, action, done)


def _providers(occasion: Occasion, person: Person, action: Action[str]) -> tuple[str, ...]:
    about, rules = occasion.about(person), occasion.snapshot.rules
    channel, _, named = rules.ask(action, about).value.partition("::")
    if channel.strip().lower() != Channel.EMAIL:
        return ()
    if named.strip():
        return (named.strip(),)
    return carriers(Channel.EMAIL, lambda asked: rules.ask(asked, about).value, occasion.configuration)


def _message(
    enrolment: Enrolment, occasion: Occasion, person: Person, token: Token, done: str
) -> Message | None:
    address = person.attributes.get("email", "")
    if not MAILBOX.fullmatch(address):
        return None
    title = enrolment.kinds.token_type(token.kind).title
    name = one_line(person.attributes.get("givenname") or person.login)[:_LONGEST_NAME]
    when = instant(occasion.now).strftime("%Y-%m-%d %H:%M UTC")
    where = f" from {occasion.client}" if occasion.client else ""
    return Message(
        channel=Channel.EMAIL,
        to=address,
        subject="A change of your log-in tokens",
        text=(
            f"Hello {name},\n\n"
            f"your token {one_line(token.serial)} ({title}) was {done} on {when}{where}.\n\n"
            "If you know nothing of it, tell your administrator at once.\n"
        ),
        fields={"serial": one_line(token.serial)},
    )
