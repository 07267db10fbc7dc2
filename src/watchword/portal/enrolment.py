"""Enrols a factor step by step: choose, set up and show that it works, name it.

What is begun is a token that is good for nothing (`selfservice.pending`), so every step has an address, and reloading
or coming back goes on where one was.
"""

import base64
from urllib.parse import parse_qs, urlsplit

from watchword.enrolment.qr import qr_png
from watchword.errors import BadParameter, LimitReached, MissingParameter, NoSuchToken, Refused
from watchword.model.attempt import Result
from watchword.model.session import Proof
from watchword.model.token import Token
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Challenging, Shown, TokenType
from watchword.portal.cards import card_of, goal_of, portrait_of
from watchword.portal.classes import own_page
from watchword.portal.deeds import answer_field
from watchword.portal.entrance import HOME, JOURNEY
from watchword.portal.factors import offered_kinds
from watchword.portal.pins import PIN_AGAIN, pin_fields, pin_trouble
from watchword.portal.visit import Visit, to, visited
from watchword.selfservice import changing, pending
from watchword.selfservice.enrolling import Prepared, edit_of, enrol_once, may_enrol, prepare
from watchword.selfservice.oneself import own_to_change, own_tokens
from watchword.selfservice.proving import must_be_asked
from watchword.web.answers import Cookie, PageDoor, Raw
from watchword.web.fields import Choice, Field, faulty, read, refuse
from watchword.web.parameters import Params
from watchword.web.showing import language_of
from watchword.web.translating import Phrase, _, phrase

_ENROL = "/selfservice/enrol"
_ACTION = "selfservice/enroll"
_LONGEST_NAME = 80
_UNUSABLE = {
    "tel": _("This is no telephone number, such as +49 170 1234567."),
    "email": _("This is no e-mail address, such as anna@example.com."),
}
_AUTOCOMPLETE = {"password": "new-password", "tel": "tel", "email": "email"}
_CANNOT = _("This cannot be used.")
_FULL = _("There are as many factors as your organisation allows. Remove one first.")


# ---------------------------------------------------------------- choose


@visited("enrol")
async def choose(visit: Visit) -> Raw:
    """What one may enrol, the recommended first."""
    if await visit.must_prove():
        return JOURNEY.to_prove("enrol")
    async with visit.call.view() as view:
        tokens = await own_tokens(view, visit.oneself)
        unfinished = await pending.begun(view, visit.oneself)
    kinds = offered_kinds(visit, tokens)
    any_allowed = any(may_enrol(visit.oneself, kind) for kind in visit.call.house.kinds)
    return visit.show(
        "portal/choose.html",
        choices=[(kind.name, portrait_of(kind), _direct(kind)) for kind in kinds],
        order=_order(visit),
        unfinished=card_of(visit.call.house.kinds, visit.oneself, unfinished) if unfinished else None,
        full=any_allowed and not kinds,
    )


@visited("enrol_one", part="kind", action=_ACTION)
async def enrol_one(visit: Visit) -> Raw:
    """What is to be known before a factor of this type is begun; then its beginning."""
    call = visit.call
    kind = next((one for one in call.house.kinds if one.name == call.parts["kind"]), None)
    if kind is None or not may_enrol(visit.oneself, kind):
        return to(_ENROL)
    if own_page(kind):
        return to(own_page(kind))
    fields = _fields(visit, kind)
    if call.method != "POST":
        if await visit.must_prove():
            return JOURNEY.to_prove(f"enrol_one:{kind.name}")
        return _before(visit, kind, fields)
    fields = read(fields, call.params)
    if faulty(fields):
        return _before(visit, kind, fields)
    if kind.needs_own_pin():
        wrong = pin_trouble(visit.oneself, call.params.text("pin"), call.params.text(PIN_AGAIN))
        if wrong is not None:
            return _before(visit, kind, refuse(fields, *wrong))
    try:
        prepared = await prepare(
            call.house.enrolment,
            visit.oneself,
            kind,
            Params({field.name: call.params.text(field.name) for field in fields}),
            pin=call.params.text("pin") if kind.needs_own_pin() else None,
            order=call.params.text("order")[:100],
        )
        if portrait_of(kind).shown_once:
            return await _shown_once(visit, kind, prepared)
        return await _begin(visit, prepared)
    except (BadParameter, MissingParameter) as bad:
        await visit.refused(bad.message)
        if not fields:
            return _before(visit, kind, fields, said=("no", _CANNOT))
        first = fields[0]
        return _before(visit, kind, refuse(fields, first.name, _UNUSABLE.get(first.kind, _CANNOT)))
    except LimitReached as full:
        await visit.refused(full.message)
        return _before(visit, kind, fields, said=("no", _FULL))
    except Refused as refused:
        # The form was sent again after it had done its work.
        await visit.refused(refused.message)
        return to(HOME, "stale")


def _before(
    visit: Visit, kind: TokenType, fields: tuple[Field, ...], *, said: tuple[str, Phrase] | None = None
) -> Raw:
    return visit.show(
        "portal/enrol.html",
        portrait=portrait_of(kind),
        kind=kind.name,
        fields=fields,
        part=_part(visit, kind, fields),
        order=visit.call.params.text("order")[:100] or _order(visit),
        unreachable=isinstance(kind, SentCode) and not fields,
        said=said,
    )


def _part(visit: Visit, kind: TokenType, fields: tuple[Field, ...]) -> str:
    """What the type's own template says before somebody enrols one, its fields included; empty if it has none."""
    faces = visit.call.house.faces
    if not faces.has(kind, "selfservice"):
        return ""
    return faces.show(kind, "selfservice", language_of(visit.call), fields)


def _fields(visit: Visit, kind: TokenType) -> tuple[Field, ...]:
    """What the type wants to know, with what the directory knows filled in."""
    found = []
    bound = isinstance(kind, SentCode) and not visit.oneself.ask(edit_of(kind))
    for number, wanted in enumerate(portrait_of(kind).fields):
        known = visit.oneself.person.attributes.get(wanted.attribute, "") if wanted.attribute else ""
        if bound and not known:
            continue
        found.append(
            Field(
                name=wanted.name,
                label=phrase(wanted.label),
                kind=wanted.kind,
                help=_("This is what your organisation knows; it is changed there.")
                if bound
                else phrase(wanted.help)
                if wanted.help
                else "",
                value=known or wanted.default,
                required=wanted.needed,
                choices=tuple(Choice(value=one, label=one) for one in wanted.choices),
                longest=wanted.longest,
                readonly=bound,
                autocomplete=_AUTOCOMPLETE.get(wanted.kind, "off"),
                focus=number == 0,
            )
        )
    if kind.needs_own_pin():
        found += pin_fields(visit.oneself, focus=not found)
    return tuple(found)


def _direct(kind: TokenType) -> bool:
    """Whether choosing it is enough to begin."""
    portrait = portrait_of(kind)
    return not portrait.fields and not portrait.shown_once and not kind.needs_own_pin()


def _order(visit: Visit) -> str:
    """Names one order, so that a form that is sent twice makes one token."""
    return visit.call.house.dice.bytes(12).hex()


# ---------------------------------------------------------------- set up


async def _begin(visit: Visit, prepared: Prepared) -> Raw:
    call = visit.call
    async with call.unit() as unit:
        issued = await pending.begin(unit, call.house.enrolment, visit.oneself, prepared)
        call.note.serial, call.note.token_type = issued.token.serial, prepared.kind.label
        call.note.action_detail = "begun"
    said = await _sent(visit, issued.token) if must_be_asked(call.house.kinds, issued.token) else ""
    return to(_setup(issued.token), said)


async def _sent(visit: Visit, token: Token) -> str:
    outcome = await pending.send(visit.call.house.gate, visit.oneself, token, action=visit.call.action)
    return "sent" if outcome.result is Result.QUESTION else "unsent"


@visited("setup", part="serial", action=_ACTION)
async def set_up(visit: Visit) -> Raw:
    """What goes into the app, and the code that shows that it works. It can be reloaded until that is done."""
    call = visit.call
    try:
        async with call.view() as view:
            token = await pending.to_finish(view, visit.oneself, call.parts["serial"])
    except NoSuchToken:
        return await _no_more(visit)
    if call.method != "POST":
        return _set_up_page(visit, token)
    call.note.serial, call.note.token_type = token.serial, call.house.kinds.token_type(token.kind).label
    step = call.params.text("step")
    if step == "cancel":
        async with call.unit() as unit:
            await pending.forget(unit, visit.oneself)
            call.note.action_detail = "forgotten"
        return to(HOME, "forgotten")
    if step == "send":
        return to(_setup(token), await _sent(visit, token))
    code = call.params.text("code").strip()
    if not code:
        return _set_up_page(visit, token, error=_("Type the code."))
    return await _finish(visit, token, code)


async def _finish(visit: Visit, token: Token, code: str) -> Raw:
    call, enrolment = visit.call, visit.call.house.enrolment
    outcome = await pending.confirm(call.house.gate, visit.oneself, token, code, action=_ACTION)
    if not outcome.accepted:
        return _set_up_page(visit, token, error=_wrong(visit, token))
    proof = Proof(how=token.kind, at=call.now, serial=token.serial)
    try:
        async with call.unit() as unit:
            await pending.finish(unit, enrolment, visit.oneself, token.serial)
            call.note.action_detail = "finished"
            cookie: Cookie = await JOURNEY.proven(call, unit, visit.held, proof)
    except LimitReached as full:
        await visit.refused(full.message)
        return _set_up_page(visit, token, said=("no", _FULL))
    return to(f"{_setup(token)}/name", cookies=(cookie,))


def _wrong(visit: Visit, token: Token) -> Phrase:
    kind = visit.call.house.kinds.token_type(token.kind)
    if portrait_of(kind).once_more:
        return _("This is not what you chose before. Type it once more, or begin anew.")
    return _("This code was not accepted. Is the clock of your phone right? Type the code that is shown now.")


async def _no_more(visit: Visit) -> Raw:
    """The address of a setup that is over: finished, forgotten, or too late."""
    call = visit.call
    async with call.view() as view:
        tokens = await own_tokens(view, visit.oneself)
    done = any(one.serial == call.parts["serial"] for one in tokens)
    return to(
        JOURNEY.face.place(f"factor:{call.parts['serial']}") if done else HOME,
        call.params.text("say") if done else "over",
    )


def _set_up_page(
    visit: Visit, token: Token, *, error: Phrase | None = None, said: tuple[str, Phrase] | None = None
) -> Raw:
    house = visit.call.house
    kind = house.kinds.token_type(token.kind)
    portrait = portrait_of(kind)
    shown = pending.shown_again(house.enrolment, visit.oneself, token)
    first = min(shown, key=lambda one: one.order, default=None)
    asked = isinstance(kind, Challenging) and kind.only_asked
    field = answer_field(visit, token)
    label = phrase(portrait.fields[0].label) if portrait.once_more and portrait.fields else field.label
    if kind.needs_own_pin():
        label = _("PIN")
    return visit.show(
        "portal/set-up.html",
        portrait=portrait,
        kind=kind.name,
        here=_setup(token),
        picture=_picture(first) if first is not None else "",
        address=first.value if first is not None and _is_address(first) else "",
        typed=_typed(first) if first is not None else "",
        asked=asked,
        goal=goal_of(kind, visit.oneself, token),
        once_more=portrait.once_more,
        unseen=first is None and not asked and not portrait.once_more,
        direct=_direct(kind),
        order=_order(visit),
        asked_field=Field(
            name="code",
            kind=field.kind,
            label=label,
            required=True,
            focus=first is None or bool(error),
            digits=field.digits,
            longest=1000,
            error=error or "",
        ),
        said=said,
    )


def _setup(token: Token) -> str:
    return JOURNEY.face.place(f"setup:{token.serial}")


def _is_address(shown: Shown) -> bool:
    """Whether an app on this very phone opens it."""
    return shown.value.startswith("otpauth://")


def _typed(shown: Shown) -> str:
    """What somebody types who has no camera."""
    if not _is_address(shown):
        return shown.value
    return parse_qs(urlsplit(shown.value).query).get("secret", [""])[0]


def _picture(shown: Shown) -> str:
    png = qr_png(shown.value)
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png is not None else ""


# ---------------------------------------------------------------- name it, and what is shown once


@visited("name", part="serial", action="selfservice/rename")
async def name(visit: Visit) -> Raw:
    """A name for what was just set up; then codes for the day when it is lost, where there are none yet."""
    call = visit.call
    async with call.view() as view:
        token = await own_to_change(view, visit.oneself, call.parts["serial"])
        tokens = await own_tokens(view, visit.oneself)
    if token.pending:
        return to(_setup(token))
    kind = call.house.kinds.token_type(token.kind)
    field = Field(
        name="description",
        label=_("Name"),
        value=token.description or phrase(portrait_of(kind).suggested),
        help=_("You see it when you log in, if you have several factors."),
        longest=_LONGEST_NAME,
        focus=True,
    )
    if call.method != "POST":
        return visit.show(
            "portal/name.html", portrait=portrait_of(kind), here=f"{_setup(token)}/name", fields=(field,)
        )
    fields = read((field,), call.params)
    if faulty(fields):
        return visit.show(
            "portal/name.html", portrait=portrait_of(kind), here=f"{_setup(token)}/name", fields=fields
        )
    call.note.serial, call.note.token_type = token.serial, kind.label
    if fields[0].value and fields[0].value != token.description:
        async with call.unit() as unit:
            await changing.describe(unit, visit.oneself, token.serial, fields[0].value)
    paper = next((one for one in offered_kinds(visit, tokens) if portrait_of(one).shown_once), None)
    if paper is not None and all(one.kind != paper.name for one in tokens):
        return to(f"{_ENROL}/{paper.name}", "added")
    return to(HOME, "added")


async def _shown_once(visit: Visit, kind: TokenType, prepared: Prepared) -> Raw:
    """The answer to the form itself: no address shows it a second time."""
    call = visit.call
    async with call.unit() as unit:
        issued = await enrol_once(unit, call.house.enrolment, visit.oneself, prepared)
        call.note.serial, call.note.token_type = issued.token.serial, kind.label
    first = min(issued.shown, key=lambda one: one.order)
    return visit.show("portal/once.html", portrait=portrait_of(kind), codes=first.value.splitlines())


DOORS = (
    PageDoor(_ENROL, "G", choose),
    PageDoor("/selfservice/enrol/{kind}", "GP", enrol_one),
    PageDoor("/selfservice/setup/{serial}", "GP", set_up),
    PageDoor("/selfservice/setup/{serial}/name", "GP", name),
)
