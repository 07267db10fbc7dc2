"""Codes that a device reads off its clock (TOTP, RFC 6238)."""

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from watchword.crypto.otp import canonical_code, find_counter, totp_step
from watchword.plugin import (
    Action,
    Adjustable,
    BadParameter,
    Dictated,
    Enrolled,
    Form,
    Judging,
    Label,
    Moment,
    Portrait,
    Prompting,
    Recognising,
    Resyncing,
    Scope,
    Showing,
    Shown,
    Timed,
    Token,
    TokenType,
    Tools,
    Verdict,
    _,
    algorithm,
    algorithm_of,
    dictated_algorithm,
    dictated_digits,
    digits_of,
    otpauth_url,
    seed_of,
    shown_account,
)

_SEED_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}
_STEPS = (30, 60)
_RECOGNISED = 10
_APART = 3
"""Within so many steps the second code of an unasked resync must follow the first."""
_LONGEST_SPAN = 31 * 24 * 3600
_LARGEST = 10**9

_DICTATED_STEP = Dictated(
    field="timeStep",
    action=Action(
        name="totp_timestep",
        scope=Scope.SELFSERVICE,
        kind="set",
        values=_STEPS,
        default=None,
        help="For how many seconds a code is shown by what people enrol for themselves",
    ),
)


class Totp(TokenType, Judging, Prompting, Resyncing, Recognising, Timed, Adjustable, Showing):
    name, label, prefix = "totp", "TOTP", "TOTP"
    title = "One-time password by clock (TOTP)"
    portrait = Portrait(
        title=_("App on my phone"),
        text=_("An authenticator app shows a new code every half minute, also without a network."),
        icon="phone",
        place=10,
        suggested=_("My phone"),
    )
    prompt = "Please enter your otp value: "
    dictated = (dictated_digits(name), dictated_algorithm(name), _DICTATED_STEP)
    actions = tuple(field.action for field in dictated)
    adjustable = ("hashlib", "timeStep", "timeWindow", "timeShift")

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        settings = tools.settings
        hashlib = algorithm_of(form, settings.text("totp.hashlib"))
        seed = seed_of(form, tools, _SEED_BYTES[hashlib])
        digits = digits_of(form, tools)
        step = _checked("timeStep", form.number("timeStep", settings.number("totp.timeStep", 30)))
        window = _checked("timeWindow", form.number("timeWindow", settings.number("totp.timeWindow", 300)))
        shift = _checked("timeShift", form.number("timeShift", settings.number("totp.timeShift", 0)))

        def show(label: Label) -> tuple[Shown, ...]:
            return _shown(seed, label, digits, hashlib, step)

        info = {
            "hashlib": hashlib,
            "timeWindow": str(window),
            "timeShift": str(shift),
            "timeStep": str(step),
        }
        return Enrolled(secret=seed, digits=digits, info=info, show=show)

    def show(self, token: Token, label: Label, tools: Tools) -> tuple[Shown, ...]:
        hashlib = token.info.get("hashlib", "sha1")
        return _shown(tools.secret(token), label, token.digits, hashlib, _step(token))

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        device = _Device.of(token, tools)
        match = device.find_usable(otp, token.window)
        if match is not None:
            return device.used(match)
        if device.find_spent(otp) is not None:
            return device.refused("otp value already used", replayed=True)
        if tools.settings.flag("AutoResync"):
            return _resync_unasked(device, otp, tools)
        return device.refused("wrong otp value")

    def resync(self, token: Token, first: str, second: str, tools: Tools) -> Verdict:
        device, first, second = _Device.of(token, tools), canonical_code(first), canonical_code(second)
        start, end = device.reach(token.sync_window)
        while (match := device.find(first, start, end)) is not None:
            if device.find(second, match + 1, match + 2) is not None:
                return device.used(match + 1)
            start = match + 1
        return device.refused("not two consecutive otp values")

    def recognises(self, token: Token, otp: str, tools: Tools) -> Verdict:
        device = _Device.of(token, tools)
        match = device.find_usable(canonical_code(otp), _RECOGNISED)
        return Verdict(accepted=False) if match is None else device.used(match)

    def moment_of(self, token: Token, otp: str, span: int, tools: Tools) -> Moment | None:
        if span > _LONGEST_SPAN:
            raise BadParameter(
                f"The window must be at most {_LONGEST_SPAN} seconds: each code in it is computed."
            )
        device = _Device.of(token, tools)
        start = totp_step(tools.now - span * 1000, device.step, device.shift)
        match = device.find(canonical_code(otp), start, device.centre + 1)
        if match is None:
            return None
        return Moment(counter=match, at=(match * device.step - device.shift) * 1000, step=device.step)

    def adjust(self, token: Token, name: str, value: str) -> Token:
        if name == "hashlib":
            return replace(token, info={**token.info, name: algorithm(value)})
        number = _checked(name, _whole(name, value))
        adjusted = replace(token, info={**token.info, name: number})
        if name == "timeStep":
            # Rounded up, so that a moment that is used up stays so, also on the way back to the old step.
            counter = -(-token.counter * _step(token) // number)
            return replace(adjusted, counter=counter, state=_forgotten(token))
        if name == "timeShift":
            return replace(adjusted, state={})  # what was said last counts, not what was learnt before
        return adjusted


def _shown(seed: bytes, label: Label, digits: int, hashlib: str, step: int) -> tuple[Shown, ...]:
    url = otpauth_url("totp", seed, label, digits=digits, algorithm=hashlib, period=step)
    return shown_account(url, seed.hex())


class _Device(Struct, frozen=True):
    """What is known of a token's device: its key, and where its clock stands."""

    token: Token
    key: bytes
    step: int
    shift: int
    """Seconds that its clock is known to run ahead."""
    here: int
    """The step on our own clock."""
    centre: int
    """The step that its clock is thought to show."""

    @classmethod
    def of(cls, token: Token, tools: Tools) -> Self:
        step = _step(token)
        shift = int(token.state.get("timeShift", token.info.get("timeShift", 0)))
        here, centre = totp_step(tools.now, step), totp_step(tools.now, step, shift)
        return cls(token, tools.secret(token), step, shift, here, centre)

    def find(self, otp: str, start: int, end: int) -> int | None:
        """The first step from ``start`` to before ``end`` with this code."""
        hashlib = self.token.info.get("hashlib", "sha1")
        return find_counter(self.key, otp, start, end - start, self.token.digits, hashlib)

    def reach(self, window: int) -> tuple[int, int]:
        """Where usable steps begin and end: ``window`` to both sides, but nothing that is used up."""
        return max(self.centre - window, self.token.counter), self.centre + window

    def find_usable(self, otp: str, window: int) -> int | None:
        """The usable step with this code: first where it will be, from the step just past onwards."""
        start, end = self.reach(window)
        likely = max(start, self.centre - 1)
        match = self.find(otp, likely, end)
        return match if match is not None else self.find(otp, start, min(likely, end))

    def find_spent(self, otp: str) -> int | None:
        """The step with this code that is used up: the last used one, or another within the window."""
        last = self.token.counter - 1
        match = self.find(otp, last, last + 1)
        if match is not None:
            return match
        return self.find(otp, self.centre - self.token.window, min(last, self.centre + self.token.window))

    def used(self, step: int) -> Verdict:
        shift = (step - self.here) * self.step
        known = shift == self.shift and not _holds_first(self.token)
        return Verdict(accepted=True, counter=step + 1, state=None if known else {"timeShift": shift})

    def refused(self, why: str, *, replayed: bool = False) -> Verdict:
        state = _forgotten(self.token) if _holds_first(self.token) else None
        return Verdict(accepted=False, why=why, replayed=replayed, state=state)


def _resync_unasked(device: _Device, otp: str, tools: Tools) -> Verdict:
    """Two near codes of a clock far away, one an answer: the first is remembered, the second, if in time, lets in.

    Whatever else comes between the two, the first is forgotten: a guesser has one try at the second. Neither may
    be used up (so no pair of old codes is a way in).
    """
    state = device.token.state
    first = state.get("otp1c", -1)
    if first >= device.token.counter and tools.now <= state.get("dueDate", 0):
        match = device.find(otp, first + 1, first + 1 + _APART)
        if match is not None:
            return device.used(match)
    far = device.find(otp, *device.reach(device.token.sync_window))
    if far is None:
        return device.refused("wrong otp value")
    due = tools.now + tools.settings.number("AutoResyncTimeout", 240) * 1000
    state = {**_forgotten(device.token), "otp1c": far, "dueDate": due}
    return Verdict(accepted=False, why="otp value of another time", state=state)


def _step(token: Token) -> int:
    return int(token.info.get("timeStep", 30))


def _holds_first(token: Token) -> bool:
    return "otp1c" in token.state


def _forgotten(token: Token) -> Mapping[str, Any]:
    """The state without the first code of a resync."""
    return {name: value for name, value in token.state.items() if name == "timeShift"}


def _whole(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadParameter(f"{name} must be a whole number.") from None


def _checked(name: str, number: int) -> int:
    if name == "timeStep" and number not in _STEPS:
        raise BadParameter("timeStep must be 30 or 60 seconds.")
    if abs(number) > _LARGEST or (name == "timeWindow" and number < 0):
        raise BadParameter(f"{name} must be a number of seconds.")
    return number
