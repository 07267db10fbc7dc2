"""Lets people enrol tokens for themselves."""

import hashlib
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from watchword.enrolment.issuing import Enrolment, Order
from watchword.enrolment.labels import label_of
from watchword.enrolment.pins import PreparedPin
from watchword.enrolment.serials import checked
from watchword.errors import BadParameter, NoSuchTokenType, NotAllowed, Refused
from watchword.model.policy import Action, Scope
from watchword.model.token import ENROLLED_BY, PENDING, PENDING_PATH, Token
from watchword.plugin.loading import Kinds
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Enrolled, Form, Shown, TokenType
from watchword.selfservice.notification import ENROLLMENT, notify_oneself
from watchword.selfservice.oneself import Oneself, refuse_older, right
from watchword.selfservice.pin_rules import check_pin
from watchword.selfservice.strength import check_strength
from watchword.storage.promises import Unit

ORDER = "order"
"""In the token info: a fingerprint of the order by which the token was made."""
_FRESH = 600_000
"""Milliseconds for which an order that is sent a second time makes its token anew."""


def enroll_of(kind: TokenType) -> Action[bool]:
    """The right to enrol tokens of this type for oneself."""
    return right(f"enroll{kind.name.upper()}", f"Enrol tokens of type {kind.label} for oneself")


def edit_of(kind: SentCode) -> Action[int]:
    """Whether people may say where their codes go."""
    return Action(
        name=f"edit_{kind.name}",
        scope=Scope.SELFSERVICE,
        kind="int",
        default=1,
        help=f"0: codes of tokens of type {kind.label} that people enrol go where the directory says, nowhere else",
    )


def actions_of(kinds: Kinds) -> tuple[Action[object], ...]:
    """What is asked here for each type."""
    own = [kind for kind in kinds if kind.self_enrolment]
    return (*map(enroll_of, own), *(edit_of(kind) for kind in own if isinstance(kind, SentCode)))


def may_enrol(oneself: Oneself, kind: TokenType) -> bool:
    """Whether the person may enrol tokens of this type."""
    return kind.self_enrolment and oneself.may(enroll_of(kind))


async def enrol_once(unit: Unit, enrolment: Enrolment, oneself: Oneself, prepared: "Prepared") -> "Issued":
    """The same as `enrol`, for whoever has just shown a factor if they have one (ProofNeeded)."""
    await check_strength(unit, oneself)
    return await enrol(unit, enrolment, oneself, prepared)


class Prepared(Struct, frozen=True, kw_only=True):
    """A token that somebody wants for themselves, with all that is slow behind it."""

    kind: TokenType
    enrolled: Enrolled
    serial: str
    prefix: str
    description: str
    pin: PreparedPin | None
    order: str
    """A fingerprint of the order's name, empty if it has none."""
    permitted: Action[bool]
    """The right by which it is enrolled."""


class Issued(Struct, frozen=True, kw_only=True):
    """A token that was enrolled, and what is shown of it this once."""

    token: Token
    shown: tuple[Shown, ...]

    def __repr__(self) -> str:
        return f"Issued(serial={self.token.serial!r})"


def kind_to_enrol(kinds: Kinds, oneself: Oneself, name: str) -> TokenType:
    """The type of this name, if the person may enrol it; NotAllowed also if there is none."""
    try:
        kind = kinds.token_type(name)
    except NoSuchTokenType:
        kind = None
    if kind is None or not kind.self_enrolment:
        raise NotAllowed(f"Tokens of type {name!r} cannot be enrolled here.")
    oneself.permit(enroll_of(kind))
    return kind


async def prepare(
    enrolment: Enrolment,
    oneself: Oneself,
    kind: TokenType,
    form: Form,
    *,
    pin: str | None,
    order: str = "",
    permitted: Action[bool] | None = None,
) -> Prepared:
    """What is to be enrolled, as form and policies say; before a transaction begins.

    ``pin`` None: none was said. ``order`` names the order, so that one that is sent twice makes one token.
    ``permitted`` is the right that is needed, if it is not the one to enrol tokens of the type.
    """
    permitted = permitted or enroll_of(kind)
    oneself.permit(permitted)
    if pin is not None:
        check_pin(oneself, pin)
    enrolled = await enrolment.prepare(kind, _completed(oneself, kind, form), oneself.occasion)
    if enrolled.pin is not None and enrolled.pin != pin:
        pin = enrolled.pin
        check_pin(oneself, pin)
    return Prepared(
        kind=kind,
        enrolled=enrolled,
        serial=checked(form.text("serial")),
        prefix=checked(form.text("prefix")),
        description=form.text("description"),
        pin=await enrolment.pins.prepare_first(oneself.occasion, oneself.about, pin),
        order=hashlib.sha256(order.encode("utf-8", "surrogatepass")).hexdigest()[:32] if order else "",
        permitted=permitted,
    )


async def enrol(
    unit: Unit,
    enrolment: Enrolment,
    oneself: Oneself,
    prepared: Prepared,
    *,
    pending: Mapping[str, int] | None = None,
) -> Issued:
    """The new token. One of the person's own that has the serial is made anew, and its former seed is dead. With
    ``pending`` it is one that is to be finished (`pending.begin`), of which nobody is told yet.

    An order that comes a second time within ten minutes makes the same token anew, as long as it was not used: so
    there is one, and what was shown last is what counts. Later, or once it was used, it is Refused.
    """
    oneself.permit(prepared.permitted)
    person, enrolled = oneself.person, prepared.enrolled
    serial = prepared.serial
    info = {
        **enrolled.info,
        ENROLLED_BY: {"resolver": person.subject.resolver, "userid": person.subject.userid},
    }
    if pending is not None:
        info[PENDING] = dict(pending)
    if prepared.order:
        info[ORDER] = prepared.order
        serial = await _ordered_before(unit, oneself, prepared.order) or serial

    def may_replace(held: Token) -> None:
        if held.owner != person.subject:
            raise Refused(f"The serial {held.serial!r} is taken: leave it out, or choose another one.")
        refuse_older(oneself, held)

    token = await enrolment.issue(
        unit,
        oneself.occasion,
        Order(
            kind=prepared.kind,
            enrolled=replace(enrolled, info=info),
            serial=serial,
            prefix=prepared.prefix,
            owner=person,
            pin=prepared.pin,
            description=prepared.description,
            paths=(PENDING_PATH,) if pending is not None else (),
            may_replace=may_replace,
        ),
    )
    if pending is None:
        await notify_oneself(unit, enrolment, oneself, token, ENROLLMENT, "enrolled")
    return Issued(token=token, shown=enrolled.show(label_of(oneself.occasion, token, person)))


async def _ordered_before(unit: Unit, oneself: Oneself, order: str) -> str:
    """The serial of the token that was made by this order; empty if none was."""
    person = oneself.person
    await unit.tokens.take_turn(f"owner {person.subject.resolver} {person.subject.userid}")
    for token in await unit.tokens.of(person.subject):
        if token.info.get(ORDER) != order:
            continue
        if token.last_match or token.counter or oneself.occasion.now - token.created > _FRESH:
            raise Refused(f"{token.serial} was enrolled by this form before: begin anew for another one.")
        return token.serial
    return ""


def _completed(oneself: Oneself, kind: TokenType, form: Form) -> Form:
    """The form with what policy dictates, the address of the directory, and a seed that is made where none is given."""
    said: dict[str, str] = {}
    for dictated in kind.dictated:
        value = oneself.ask(dictated.action)
        if value is not None:
            said[dictated.field] = dictated.written(value)
        elif form.text(dictated.action.name):
            said[dictated.field] = _worded(form.text(dictated.action.name), dictated.written)
    if isinstance(kind, SentCode):
        said.update(_address(oneself, kind, form))
    if not form.text("otpkey"):
        said["genkey"] = "1"
    return _Completed(form, said)


def _worded(text: str, written: Callable[[object], str]) -> str:
    """The field under the name of its policy, which may be written as policies write it (``2`` is ``sha256``)."""
    return written(int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else text


def _address(oneself: Oneself, kind: SentCode, form: Form) -> Mapping[str, str]:
    known = oneself.person.attributes.get(kind.attribute, "")
    if form.text(kind.address) and oneself.ask(edit_of(kind)):
        return {}
    if not known and not oneself.ask(edit_of(kind)):
        raise BadParameter(f"The directory has no {kind.attribute} of you: ask an administrator to enter it.")
    return {kind.address: known} if known else {}


class _Completed:
    """A form some of whose fields are filled in for the person."""

    def __init__(self, form: Form, said: Mapping[str, str]) -> None:
        self._form = form
        self._said = said

    own = True
    """It is filled in by whoever will own the token."""

    def items(self) -> Iterable[tuple[str, str]]:
        return {**dict(self._form.items()), **self._said}.items()

    def text(self, name: str, default: str = "") -> str:
        return self._said.get(name) or self._form.text(name, default)

    def need(self, name: str) -> str:
        return self._said.get(name) or self._form.need(name)

    def number(self, name: str, default: int) -> int:
        said = self._said.get(name)
        if said is None:
            return self._form.number(name, default)
        try:
            return int(said)
        except ValueError:
            raise BadParameter(f"{name} must be a number.") from None

    def flag(self, name: str) -> bool:
        return self._said[name] == "1" if name in self._said else self._form.flag(name)
