"""Makes a token type of a class of LinOTP's form.

The class is asked, and what it says becomes an `Opinion`, a `Question`, an `Enrolled`; it never stores and never lets
anybody in. Each call has its time, whatever it raises is a "no" that names the type, and what it returns is put together
anew of plain values.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec

from watchword.errors import Misconfigured, Refused, WatchwordError
from watchword.model.attempt import Verdict
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.plugin import plain
from watchword.plugin.bridge.moment import HERE, Moment, NotHere
from watchword.plugin.bridge.names import User
from watchword.plugin.bridge.row import INFO, Row
from watchword.plugin.bridge.tokenclass import Params, TokenClass
from watchword.plugin.bridge.tokenclass import Question as Seen
from watchword.plugin.patience import Overdue, Patience
from watchword.plugin.reading import Heard, Opinion, Reading
from watchword.plugin.shapes import (
    Asking,
    Challenging,
    Enrolled,
    Form,
    Judging,
    Question,
    Recognising,
    Resyncing,
    Settings,
    Shown,
    Standing,
    TokenType,
    Tools,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

_DAY = 86_400
_WRONG = "wrong otp value"
_OURS = frozenset({"pass", "transactionid", "state", "data", "challenge"})


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the class's Mako file: the text of the file, and the scope that chooses the part."""

    source: str
    scope: str


class Kept(msgspec.Struct, frozen=True):
    """What a question remembers of the class."""

    data: Any = None
    info: dict[str, Any] = {}


class Bridged(TokenType, Challenging, Judging, Resyncing, Recognising, Reading):
    """A class of LinOTP's form as a token type."""

    costly = True  # whatever it costs: it is waited for off the event loop
    pages: ClassVar[Mapping[str, Page]] = {}
    """``enrol``, ``enrol_title``, ``settings``, ``selfservice`` and so on -> the part of the Mako file."""
    inner: ClassVar[type[TokenClass]]
    patience: ClassVar[Patience]

    # ---------------------------------------------------------------- enrolment

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        params = _sent(form)
        user = User(form.text("user"), form.text("realm"))
        moment = Moment(settings=tools.settings, tools=tools, login=user.login, realm=user.realm)

        def work() -> tuple[Enrolled, Params]:
            params.update(self.inner.get_helper_params_pre(params) or {})
            params.update(self.inner.get_helper_params_post(params, user=user) or {})
            row = Row(form.text("serial"), self.name, tools.settings.number("DefaultOtpLen", 6))
            one = self.inner(row)
            one.update(params)
            said = row.written
            enrolled = Enrolled(
                secret=plain.octets("secret", said.get("secret", b"")),
                digits=plain.number("otplen", row.digits, 1000),
                info=plain.mapping("info", row.info),
                pin=None if said.get("pin") is None else plain.text("pin", said["pin"]),
            )
            return enrolled, one.getInitDetail(params, user) or {}

        enrolled, detail = self._asked("update", moment, work)
        shown = _shown(detail)
        return msgspec.structs.replace(enrolled, show=lambda _label: shown)

    # ---------------------------------------------------------------- answers

    def consider(self, token: Token, heard: Heard, tools: Tools) -> Opinion:
        moment = Moment(
            settings=tools.settings,
            tools=tools,
            login=heard.login,
            realm=heard.realm,
            parts=(heard.answer, heard.parts),
            pin_matches=heard.pin_matches,
        )
        return self._asked(
            "authenticate",
            moment,
            lambda: self._considered(token, heard, tools),
            otherwise=lambda why: Opinion(verdict=Verdict(accepted=False, why=why)),
        )

    def _considered(self, token: Token, heard: Heard, tools: Tools) -> Opinion:
        carried = _kept(heard.questions[0].data).info if heard.transaction and heard.questions else {}
        row = Row.of(token, lambda: tools.secret(token), carried)
        one = self.inner(row)
        options = _options(heard.sent, heard.transaction, heard.said, asks=heard.asks)
        user = User(heard.login, heard.realm)
        seen = _seen(token, heard.questions)
        if one.is_challenge_response(heard.answer, user, options=options, challenges=seen):
            found, matching = one.checkResponse4Challenge(
                user, heard.answer, options=options, challenges=seen
            )
            one.matching_challenges = matching
            named = {each.transid for each in matching or []}
            answered = next((each.id for each in heard.questions if each.id in named), "")
            right = _place(found) is not None and bool(answered)
            own = type(one).checkResponse4Challenge is not TokenClass.checkResponse4Challenge
            verdict = self._verdict(one, token, found, right=right, claimed=own)
            return Opinion(verdict=verdict, pin_matches=True, question=answered if verdict.accepted else "")
        if one.is_challenge_request(heard.answer, user, options=options):
            return Opinion(
                verdict=Verdict(accepted=False, why="wants to be asked"), pin_matches=True, wish=True
            )
        pin, found, _reply = one.authenticate(heard.answer, user, options=options)
        right = _place(found) is not None
        verdict = self._verdict(one, token, found, right=right and pin is True, claimed=False)
        if right and pin is not True:
            verdict = msgspec.structs.replace(verdict, why="wrong otp pin")
        return Opinion(verdict=verdict, pin_matches=plain.flag("the PIN", pin))

    def _verdict(self, one: TokenClass, token: Token, found: Any, *, right: bool, claimed: bool) -> Verdict:
        """What the class found, as the move of the token that the gate may settle."""
        place = _place(found)
        after: int | None = None
        why = "" if right else _WRONG
        replayed = False
        if right and place is not None:
            if not type(one).counts:
                after = None if claimed else token.counter + 1
            elif place >= token.counter:
                after = place + 1
            elif not claimed:
                right, why, replayed = False, "the code was used before", True
        (one.statusValidationSuccess if right else one.statusValidationFail)()
        written = one.token.written.get("counter")
        if right and written is not None and written > max(token.counter, after or 0):
            after = plain.number("counter", written)
        return Verdict(
            accepted=right,
            why=why,
            counter=after if right else None,
            state=_state(token, one),
            replayed=replayed,
        )

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        """A code alone, with nothing that came along."""
        heard = Heard(answer=otp, parts=("", otp), pin_matches=lambda _pin: True)
        return self.consider(token, heard, tools).verdict

    # ---------------------------------------------------------------- questions

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        moment = Moment(
            settings=tools.settings,
            tools=tools,
            rules=asking.rules,
            actions={one.name: one for one in self.actions},
        )

        def work() -> Question:
            one = self.inner(Row.of(token, lambda: tools.secret(token), {}))
            options = _options(asking.sent, asking.transaction, asking.said, asks=True)
            may, _id, why, _more = one.initChallenge(
                asking.transaction, challenges=_seen(token, asking.standing), options=options
            )
            if may is not True:
                raise Refused(f"{token.serial} cannot be asked: {why or 'initChallenge says no'}.")
            done, prompt, data, more = one.createChallenge(asking.transaction, options=options)
            if done is not True:
                raise Refused(f"{token.serial} cannot be asked: {prompt or 'createChallenge says no'}.")
            kept = plain.mapping("data", {"data": data, "info": one.token.changed})
            made = plain.question(Question(prompt=plain.text("message", str(prompt)), more=more or {}), None)
            return msgspec.structs.replace(made, data=msgspec.json.encode(kept))

        return self._asked("createChallenge", moment, work)

    def open_for(self, token: Token, settings: Settings) -> int:
        if self.inner.get_challenge_validity is TokenClass.get_challenge_validity:
            return super().open_for(token, settings)

        def work() -> int:
            row = Row.of(token, _closed, {})
            return (
                plain.number("get_challenge_validity", self.inner(row).get_challenge_validity(), _DAY) * 1000
            )

        return self._asked(
            "get_challenge_validity", Moment(settings=settings), work, otherwise=lambda _why: 0
        )

    # ---------------------------------------------------------------- places

    def resync(self, token: Token, first: str, second: str, tools: Tools) -> Verdict:
        def work() -> Verdict:
            one = self.inner(Row.of(token, lambda: tools.secret(token), {}))
            found = one.resync(first, second, options={})
            place = one.token.written.get("counter")
            if found is not True or place is None or place <= token.counter:
                return Verdict(accepted=False, why=_WRONG)
            return Verdict(accepted=True, counter=plain.number("counter", place), state=_state(token, one))

        return self._judged("resync", tools, work)

    def recognises(self, token: Token, otp: str, tools: Tools) -> Verdict:
        def work() -> Verdict:
            one = self.inner(Row.of(token, lambda: tools.secret(token), {}))
            place = _place(one.check_otp_exist(otp, window=token.window, user=None, autoassign=False))
            if place is None or place < token.counter:
                return Verdict(accepted=False, why=_WRONG)
            return Verdict(accepted=True, counter=place + 1)

        return self._judged("check_otp_exist", tools, work)

    # ---------------------------------------------------------------- within bounds

    def _judged(self, hook: str, tools: Tools, work: Callable[[], Verdict]) -> Verdict:
        moment = Moment(settings=tools.settings, tools=tools)
        return self._asked(hook, moment, work, otherwise=lambda why: Verdict(accepted=False, why=why))

    def _within(self, inside: Callable[[], T]) -> T:
        done: T = self.patience.run(inside)
        return done

    def _asked(
        self,
        hook: str,
        moment: Moment,
        work: Callable[[], T],
        *,
        otherwise: Callable[[str], T] | None = None,
    ) -> T:
        """What came of it; else what is ``otherwise`` said of the reason, or an error that names the type."""

        def inside() -> T:
            HERE.set(moment)  # the thread is of this call alone
            return work()

        try:
            return self._within(inside)
        except Overdue as late:
            why = str(late)
        except (plain.Unfit, NotHere) as unfit:
            why = unfit.message
        except WatchwordError as said:
            if otherwise is None:
                raise
            why = type(said).__name__
        except BaseException as broken:  # noqa: BLE001  a stranger's code may raise anything; its name is told
            why = type(broken).__name__
        log.warning("token type failed", extra={"type": self.name, "hook": hook, "error": why})
        if otherwise is None:
            raise Refused(f"Token type {self.name} failed: {why}: ask whoever wrote it.")
        return otherwise(f"token type {self.name} failed: {why}")


def bridged(inner: type[TokenClass], path: Path, seconds: float, read: Callable[[Path], bytes]) -> Bridged:
    """The class as a token type. ``read`` gives the bytes of its Mako file. `Misconfigured` names what it lacks."""
    patience = Patience(seconds)

    def told() -> tuple[Any, Any, Any]:
        return inner.getClassType(), inner.getClassPrefix(), inner.getClassInfo(None, "all")

    try:
        name, prefix, info = patience.run(told)
    except BaseException as broken:  # noqa: BLE001  a stranger's code may raise anything; its name is told
        raise Misconfigured(f"The token class {path} cannot say what it is: {broken!r}") from None
    if not isinstance(name, str) or not name or not isinstance(info, Mapping):
        raise Misconfigured(
            f"The token class {inner.__name__} of {path} must name its type in getClassType and tell of itself in"
            " getClassInfo."
        )
    pages = _pages(info, path, read)
    said = {
        "inner": inner,
        "patience": patience,
        "name": name.lower(),
        "label": name,
        "prefix": str(prefix or name).upper(),
        "title": str(info.get("title") or name),
        "pages": pages,
        "actions": tuple(_actions(name.lower(), info.get("policy") or {}, path)),
        "self_enrolment": "selfservice" in pages,
        "__doc__": str(info.get("description") or name),
        "__module__": __name__,
    }
    kind: Bridged = type(inner.__name__, (Bridged,), said)()
    return kind


def _pages(info: Mapping[str, Any], path: Path, read: Callable[[Path], bytes]) -> dict[str, Page]:
    places = {
        "enrol": info.get("init"),
        "settings": info.get("config"),
        "selfservice": (info.get("selfservice") or {}).get("enroll"),
    }
    pages: dict[str, Page] = {}
    for block, said in places.items():
        for part, ending in (("page", ""), ("title", "_title")):
            one = (said or {}).get(part) or {}
            if not one:
                continue
            file = path.parent / str(one.get("html", ""))
            if file.name != one.get("html") or file.suffix != ".mako" or not file.is_file():
                raise Misconfigured(
                    f"The token class {path} names the page {one.get('html')!r}: it must be a .mako file beside it."
                )
            source = read(file).decode("utf-8", "replace")
            pages[block + ending] = Page(source=source, scope=str(one.get("scope", "")))
    return pages


def _actions(name: str, policies: Mapping[str, Any], path: Path) -> list[Action[Any]]:
    """The class's own policy actions, under names that have the type in them."""
    found = []
    for scope, actions in policies.items():
        if scope not in {one.value for one in Scope}:
            raise Misconfigured(
                f"The token class {path} has policies in a scope {scope!r}, which there is not."
            )
        for action, told in actions.items():
            kind = {"bool": "bool", "int": "int"}.get(str(told.get("type", "bool")), "str")
            found.append(
                Action(
                    name=action if name in action.lower() else f"{name}_{action}",
                    scope=Scope(scope),
                    kind=kind,  # type: ignore[arg-type]
                    default=False if kind == "bool" else None,
                    help=str(told.get("desc", "")) or f"An action of {name}",
                )
            )
    return found


def _sent(form: Form) -> Params:
    """All that was filled in, since a class may read any field."""
    params: Params = dict(form.items())
    if getattr(form, "own", False):
        params["::scope::"] = {"selfservice": True, "user": User(form.text("user"), form.text("realm"))}
    return params


def _options(sent: Mapping[str, str], transaction: str, said: str, *, asks: bool) -> Params:
    """The request as a class reads it; what starts or answers a question is there only where the gate takes it so."""
    options: Params = {name: value for name, value in sent.items() if name not in _OURS}
    if transaction:
        options |= {"transactionid": transaction, "state": transaction}
    if asks:
        options |= {"data": said, "challenge": said}
    return options


def _seen(token: Token, standing: Iterable[Standing]) -> list[Seen]:
    return [Seen(one.id, token.serial, one.prompt, _kept(one.data).data) for one in standing]


def _kept(data: bytes) -> Kept:
    return msgspec.json.decode(data, type=Kept) if data else Kept()


def _place(found: Any) -> int | None:
    """What a class found: a place is a whole number from 0 on, and nothing that is merely true."""
    return found if type(found) is int and found >= 0 else None


def _state(token: Token, one: TokenClass) -> dict[str, Any] | None:
    held = token.state.get(INFO)
    if one.token.changed == (held if isinstance(held, dict) else {}):
        return None
    return plain.mapping("info", {**token.state, INFO: one.token.changed})


def _shown(detail: Mapping[str, Any]) -> tuple[Shown, ...]:
    shown = []
    for order, (name, said) in enumerate(detail.items()):
        if name == "serial" or said is None:
            continue
        one = said if isinstance(said, Mapping) else {"value": said}
        shown.append(
            Shown(
                name=plain.text("name", str(name)),
                description=plain.text("description", str(one.get("description", name))),
                order=order,
                value=plain.text("value", str(one.get("value", ""))),
            )
        )
    return tuple(shown)


def _closed() -> bytes:
    raise NotHere("The token's key is not at hand here.")
