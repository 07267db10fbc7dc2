"""What can be done with one factor: each deed is a page with one form, and ends on the page of the factor."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from watchword.errors import BadParameter, LimitReached, MissingParameter, Refused
from watchword.model.token import Token
from watchword.plugin.shapes import Challenging, Dwindling, Judging, Pinned, Resyncing
from watchword.portal.cards import card_of, portrait_of
from watchword.portal.entrance import HOME, JOURNEY
from watchword.portal.pins import PIN_AGAIN, pin_fields, pin_trouble
from watchword.portal.visit import Visit, to, visited
from watchword.selfservice import changing, owning, proving
from watchword.selfservice.factors import is_last, is_needed
from watchword.selfservice.oneself import own_to_change
from watchword.web.answers import PageDoor, Raw
from watchword.web.fields import Field, faulty, read, refuse
from watchword.web.translating import Phrase, _

Wrong: TypeAlias = tuple[str, Phrase] | None
"""A field and what is wrong with it; None: it is done."""

_LONGEST_NAME = 80


class Deed(Struct, frozen=True, kw_only=True):
    """One thing that can be done with a factor."""

    name: str
    """In addresses."""
    label: Phrase
    text: Phrase
    icon: str
    button: Phrase
    done: str
    """What is said afterwards (`visit.SAID`)."""
    offered: Callable[[Visit, Token], bool]
    act: Callable[[Visit, Token], Awaitable[Wrong]]
    fields: Callable[[Visit, Token], tuple[Field, ...]] = lambda _visit, _token: ()
    proof: bool = True
    """Whether a second factor is asked for before."""
    danger: bool = False
    takes: bool = False
    """Whether the person has it no more afterwards, or cannot use it."""
    home: bool = False
    """Whether the factor is gone afterwards."""


# ---------------------------------------------------------------- try it


def _can_be_tried(visit: Visit, token: Token) -> bool:
    kind = visit.call.house.kinds.token_type(token.kind)
    usable = token.active and not token.locked
    answers = isinstance(kind, (Judging, Challenging)) and not isinstance(kind, Dwindling)
    return usable and answers and visit.oneself.may(proving.VERIFY)


def answer_field(visit: Visit, token: Token) -> Field:
    """Where the token's answer is typed."""
    kind = visit.call.house.kinds.token_type(token.kind)
    secret = isinstance(kind, Judging) and not kind.canonical
    letters = portrait_of(kind).letters
    return Field(
        name="code",
        kind="password" if secret else "text" if letters else "code",
        label=_("Password") if secret else _("Code"),
        required=True,
        focus=True,
        digits=token.digits or 6,
        longest=1000,
    )


async def _try(visit: Visit, token: Token) -> Wrong:
    call = visit.call
    outcome = await proving.verify(
        call.house.gate,
        call.house.kinds,
        visit.oneself,
        call.params.text("code").strip(),
        action=call.action,
        token=token,
    )
    if outcome.accepted:
        return None
    return "code", _("This code was not accepted. It may be mistyped, used already, or too old.")


# ---------------------------------------------------------------- name, PIN, step


def _name_fields(_visit: Visit, token: Token) -> tuple[Field, ...]:
    return (
        Field(
            name="description",
            label=_("Name"),
            value=token.description,
            help=_("How you know it again: “Anna's phone”, “Key ring”."),
            longest=_LONGEST_NAME,
            required=True,
            focus=True,
        ),
    )


async def _rename(visit: Visit, token: Token) -> Wrong:
    name = visit.call.params.text("description").strip()
    async with visit.call.unit() as unit:
        await changing.describe(unit, visit.oneself, token.serial, name)
    return None


async def _set_pin(visit: Visit, token: Token) -> Wrong:
    pin = visit.call.params.text("pin")
    wrong = pin_trouble(visit.oneself, pin, visit.call.params.text(PIN_AGAIN))
    if wrong is not None:
        return wrong
    enrolment = visit.call.house.enrolment
    prepared = await changing.prepare_pin(enrolment, visit.oneself, pin)
    async with visit.call.unit() as unit:
        await changing.set_pin(unit, enrolment, visit.oneself, token.serial, prepared)
    return None


def _inner_pin_fields(_visit: Visit, _token: Token) -> tuple[Field, ...]:
    return (
        Field(
            name="pin", label=_("New PIN of the app"), kind="password", required=True, longest=100, focus=True
        ),
    )


async def _set_inner_pin(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        await changing.set_inner_pin(
            unit, visit.call.house.enrolment, visit.oneself, token.serial, visit.call.params.text("pin")
        )
    return None


def _code_fields(_visit: Visit, token: Token) -> tuple[Field, ...]:
    first = Field(
        name="first",
        label=_("First code"),
        kind="code",
        required=True,
        digits=token.digits,
        longest=100,
        focus=True,
    )
    second = Field(
        name="second",
        label=_("The code after it"),
        kind="code",
        help=_("Wait until the next one is shown."),
        required=True,
        digits=token.digits,
        longest=100,
    )
    return first, second


async def _resync(visit: Visit, token: Token) -> Wrong:
    call = visit.call
    async with call.view() as view:
        await own_to_change(view, visit.oneself, token.serial)
    done = await proving.resync(
        call.house.gate,
        visit.oneself,
        token,
        call.params.text("first"),
        call.params.text("second"),
        entry=call.entry(success=True),
        entry_if_refused=call.entry(success=False),
    )
    return None if done else ("first", _("These are not two codes in a row. Try two new ones."))


# ---------------------------------------------------------------- lock and leave


async def _reset(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        await changing.reset(unit, visit.oneself, token.serial)
    return None


async def _enable(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        await changing.enable(unit, visit.call.house.enrolment, visit.oneself, token.serial)
    return None


async def _disable(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        await changing.disable(unit, visit.call.house.enrolment, visit.oneself, token.serial)
    return None


async def _unassign(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        await owning.unassign(unit, visit.call.house.enrolment, visit.oneself, token.serial)
    return None


async def _delete(visit: Visit, token: Token) -> Wrong:
    async with visit.call.unit() as unit:
        if await is_last(unit, visit.oneself, token) and not _is_confirmed(visit, token):
            return "confirm", _("Type it as it stands there.")
        await changing.delete(unit, visit.call.house.enrolment, visit.oneself, token.serial)
    return None


def _is_confirmed(visit: Visit, token: Token) -> bool:
    return visit.call.params.text("confirm").strip() == token.serial


def _inner(visit: Visit, token: Token) -> bool:
    kind = visit.call.house.kinds.token_type(token.kind)
    return isinstance(kind, Pinned) and visit.oneself.may(changing.SET_MOTP_PIN)


DEEDS = (
    Deed(
        name="test",
        label=_("Try it"),
        text=_("See whether it works before you need it."),
        icon="check",
        button=_("Try it"),
        done="works",
        offered=_can_be_tried,
        fields=lambda visit, token: (answer_field(visit, token),),
        act=_try,
        proof=False,
    ),
    Deed(
        name="rename",
        label=_("Rename"),
        text=_("Give it a name by which you know it again."),
        icon="edit",
        button=_("Save"),
        done="named",
        offered=lambda visit, _token: visit.oneself.may(changing.SET_DESCRIPTION),
        fields=_name_fields,
        act=_rename,
        proof=False,
    ),
    Deed(
        name="pin",
        label=_("Set a PIN"),
        text=_("Where a PIN is asked for, you type it in front of the code."),
        icon="lock",
        button=_("Set the PIN"),
        done="pin",
        offered=lambda visit, _token: visit.oneself.may(changing.SET_OTP_PIN),
        fields=lambda visit, _token: pin_fields(visit.oneself, focus=True),
        act=_set_pin,
    ),
    Deed(
        name="app_pin",
        label=_("Change the PIN of the app"),
        text=_("When you have changed it in the app, tell it here, too."),
        icon="phone",
        button=_("Save"),
        done="pin",
        offered=_inner,
        fields=_inner_pin_fields,
        act=_set_inner_pin,
    ),
    Deed(
        name="resync",
        label=_("Bring it back into step"),
        text=_("If right codes are refused, two codes in a row mend it."),
        icon="refresh",
        button=_("Bring it back"),
        done="synced",
        offered=lambda visit, token: (
            isinstance(visit.call.house.kinds.token_type(token.kind), Resyncing)
            and visit.oneself.may(proving.RESYNC)
        ),
        fields=_code_fields,
        act=_resync,
        proof=False,
    ),
    Deed(
        name="reset",
        label=_("Forget wrong codes"),
        text=_("After many wrong codes it is locked; this opens it again."),
        icon="clock",
        button=_("Forget them"),
        done="forgiven",
        offered=lambda visit, token: bool(token.failures) and visit.oneself.may(changing.RESET),
        act=_reset,
    ),
    Deed(
        name="enable",
        label=_("Enable"),
        text=_("Let it be used again."),
        icon="check",
        button=_("Enable"),
        done="enabled",
        offered=lambda visit, token: not token.active and visit.oneself.may(changing.ENABLE),
        act=_enable,
    ),
    Deed(
        name="disable",
        label=_("Disable"),
        text=_("Mislaid? Nobody can use it until you enable it again."),
        icon="cross",
        button=_("Disable"),
        done="disabled",
        offered=lambda visit, token: token.active and visit.oneself.may(changing.DISABLE),
        act=_disable,
        danger=True,
        takes=True,
    ),
    Deed(
        name="unassign",
        label=_("Give it back"),
        text=_("It is yours no more, and somebody else can have it."),
        icon="leave",
        button=_("Give it back"),
        done="given",
        offered=lambda visit, _token: visit.oneself.may(owning.UNASSIGN),
        act=_unassign,
        danger=True,
        takes=True,
        home=True,
    ),
    Deed(
        name="delete",
        label=_("Remove"),
        text=_("For good. In the app on your phone, you remove the entry yourself."),
        icon="trash",
        button=_("Remove"),
        done="deleted",
        offered=lambda visit, _token: visit.oneself.may(changing.DELETE),
        act=_delete,
        danger=True,
        takes=True,
        home=True,
    ),
)


async def _page(deed: Deed, visit: Visit) -> Raw:
    """The deed's page, or the deed."""
    call = visit.call
    async with call.view() as view:
        token = await own_to_change(view, visit.oneself, call.parts["serial"])
        needed = deed.takes and await is_needed(view, visit.oneself, token)
        last = deed.home and await is_last(view, visit.oneself, token)
    if not deed.offered(visit, token):
        return to(_address(token), call.params.text("say"))
    fields = deed.fields(visit, token)
    if call.method != "POST":
        if deed.proof and not needed and await visit.must_prove():
            return JOURNEY.to_prove(f"{deed.name}:{token.serial}")
        return _form(deed, visit, token, fields, needed=needed, last=last)
    call.note.serial, call.note.token_type = token.serial, call.house.kinds.token_type(token.kind).label
    if call.params.text("step") == "send":
        return await _send(visit, token)
    fields = read(fields, call.params)
    if faulty(fields):
        return _form(deed, visit, token, fields, last=last)
    try:
        wrong = await deed.act(visit, token)
    except (BadParameter, MissingParameter) as bad:
        await visit.refused(bad.message)
        wrong = (fields[0].name if fields else "", _("This cannot be used."))
    except LimitReached as full:
        await visit.refused(full.message)
        return _form(
            deed, visit, token, fields, told=_("There are as many factors as your organisation allows.")
        )
    except Refused as refused:
        await visit.refused(refused.message)
        async with call.view() as view:
            needed = deed.takes and await is_needed(view, visit.oneself, token)
        told = _("This was not possible at this very moment. Please try again.")
        return _form(deed, visit, token, fields, needed=needed, told=None if needed else told)
    if wrong is not None:
        confirm = wrong[1] if wrong[0] == "confirm" else ""
        return _form(deed, visit, token, refuse(fields, *wrong), last=last, confirm=confirm)
    return to(HOME if deed.home else _address(token), deed.done)


async def _send(visit: Visit, token: Token) -> Raw:
    """Have the code sent that is to be tried."""
    outcome = await proving.ask(visit.call.house.gate, visit.oneself, token, action=visit.call.action)
    return to(f"{_address(token)}/test", "sent" if outcome.questions else "unsent")


def _form(
    deed: Deed,
    visit: Visit,
    token: Token,
    fields: tuple[Field, ...],
    *,
    needed: bool = False,
    last: bool = False,
    told: Phrase | None = None,
    confirm: str = "",
) -> Raw:
    kinds = visit.call.house.kinds
    return visit.show(
        "portal/deed.html",
        deed=deed,
        card=card_of(kinds, visit.oneself, token),
        fields=fields,
        back=_address(token),
        asked=deed.name == "test" and proving.must_be_asked(kinds, token),
        needed=needed,
        last=last,
        confirm=confirm,
        said=("no", told) if told else None,
    )


def _address(token: Token) -> str:
    return JOURNEY.face.place(f"factor:{token.serial}")


DOORS = tuple(
    PageDoor(
        f"/selfservice/factors/{{serial}}/{deed.name}",
        "GP",
        visited(deed.name, part="serial", action=f"selfservice/{deed.name}")(partial(_page, deed)),
    )
    for deed in DEEDS
)
