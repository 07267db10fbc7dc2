"""Takes what a plug-in returned apart and puts it together anew: plain values within bounds, or `Unfit`.

What comes out holds nothing of the plug-in's own: no subclass, no object that is asked later on.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import msgspec

from watchword.errors import WatchwordError
from watchword.model.attempt import Verdict
from watchword.model.message import Channel, Message
from watchword.plugin.shapes import Enrolled, Moment, Question, Shown

_LARGEST = 2**63 - 1
_LARGEST_LIMIT = 2**31 - 1
_MOST_BYTES = 65_536
_MOST_WORDS = 2000
_MOST_SHOWN = 20
_RESERVED = frozenset({"transactionid", "message", "state", "challenges"})
"""Keys of a reply that say which question it is: the core's."""

Kind = TypeVar("Kind")


class Unfit(WatchwordError):
    """What a plug-in returned is not what its shape says."""

    slug = "unfit"


def verdict(value: object) -> Verdict:
    """A "yes" is exactly a `Verdict` that says exactly True: nothing that is merely true opens anything."""
    said = exactly(Verdict, value)
    state = None if said.state is None else mapping("state", said.state)
    return Verdict(
        accepted=flag("accepted", said.accepted),
        why=text("why", said.why)[:500],
        counter=None if said.counter is None else number("counter", said.counter),
        state=state,
        replayed=flag("replayed", said.replayed),
        final=flag("final", said.final),
    )


def enrolled(value: object) -> Enrolled:
    """Without its `show`, which whoever asked wraps."""
    said = exactly(Enrolled, value)
    return Enrolled(
        secret=octets("secret", said.secret),
        digits=number("digits", said.digits, 1000),
        info=mapping("info", said.info),
        pin=None if said.pin is None else text("pin", said.pin),
        successes_max=number("successes_max", said.successes_max, _LARGEST_LIMIT),
    )


def question(value: object, channel: Channel | None) -> Question:
    said = exactly(Question, value)
    more = {name: held for name, held in mapping("more", said.more).items() if name not in _RESERVED}
    carried = None if said.message is None else _message(said.message)
    if (carried.channel if carried is not None else None) is not channel:
        raise Unfit("its question does not travel as its channel says")
    return Question(
        prompt=text("prompt", said.prompt), code=text("code", said.code), message=carried, more=more
    )


def shown(value: object) -> tuple[Shown, ...]:
    several = exactly(tuple, value)
    if len(several) > _MOST_SHOWN:
        raise Unfit(f"shows more than {_MOST_SHOWN} things")
    return tuple(_shown(one) for one in several)


def moment(value: object) -> Moment | None:
    if value is None:
        return None
    said = exactly(Moment, value)
    return Moment(
        counter=number("counter", said.counter), at=number("at", said.at), step=number("step", said.step)
    )


def exactly(shape: type[Kind], value: object) -> Kind:
    """The value, if it is of this very class; also no subclass, which could behave otherwise."""
    if type(value) is not shape:
        if isinstance(value, Coroutine):
            value.close()  # it was never begun, and Python would complain of that later
        raise Unfit(f"returned {type(value).__name__} and not {shape.__name__}")
    return value


def flag(name: str, value: object) -> bool:
    if value is not True and value is not False:
        raise Unfit(f"says {name} neither as true nor as false")
    return value


def number(name: str, value: object, largest: int = _LARGEST) -> int:
    if type(value) is not int or not 0 <= value <= largest:
        raise Unfit(f"says {name} as no number from 0 to {largest}")
    return value


def text(name: str, value: object) -> str:
    if type(value) is not str or len(value) > _MOST_WORDS:
        raise Unfit(f"says {name} as no text of at most {_MOST_WORDS} characters")
    return value.encode("utf-8", "replace").decode()


def octets(name: str, value: object) -> bytes:
    if type(value) is not bytes or len(value) > _MOST_BYTES:
        raise Unfit(f"gives {name} as no bytes, {_MOST_BYTES} at most")
    return value


def mapping(name: str, value: object) -> dict[str, Any]:
    """What JSON can say, as JSON says it."""
    if not isinstance(value, Mapping):
        raise Unfit(f"gives {name} as {type(value).__name__} and not as a table")
    try:
        written = msgspec.json.encode(value)
        if len(written) <= _MOST_BYTES:
            return msgspec.json.decode(written, type=dict[str, Any])
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        raise Unfit(f"gives {name} as something that JSON cannot say") from None
    raise Unfit(f"gives {name} with more than {_MOST_BYTES} bytes")


def _shown(value: object) -> Shown:
    said = exactly(Shown, value)
    return Shown(
        name=text("name", said.name),
        description=text("description", said.description),
        order=number("order", said.order),
        value=text("value", said.value),
    )


def _message(value: object) -> Message:
    said = exactly(Message, value)
    fields = mapping("fields", said.fields)
    return Message(
        channel=exactly(Channel, said.channel),
        to=text("to", said.to),
        text=text("text", said.text),
        code=text("code", said.code),
        subject=text("subject", said.subject),
        language=text("language", said.language),
        seconds=number("seconds", said.seconds),
        reference=text("reference", said.reference),
        fields={field: text(field, held) for field, held in fields.items()},
    )
