"""Codes that a device counts (HOTP, RFC 4226)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from watchword.crypto.otp import canonical_code, find_counter
from watchword.plugin import (
    Adjustable,
    Enrolled,
    Form,
    Judging,
    Label,
    Portrait,
    Prompting,
    Recognising,
    Resyncing,
    Showing,
    Shown,
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

_SEED_BYTES = 20
_RECOGNISED = 10


class Hotp(TokenType, Judging, Prompting, Resyncing, Recognising, Adjustable, Showing):
    name, label, prefix = "hmac", "HMAC", "OATH"
    title = "One-time password by counter (HOTP)"
    portrait = Portrait(
        title=_("App that counts"),
        text=_("An authenticator app or device shows the next code when you press a button."),
        icon="refresh",
        place=40,
        suggested=_("My phone"),
    )
    prompt = "Please enter your otp value: "
    prepared_by_default = True
    dictated = (dictated_digits(name), dictated_algorithm(name))
    actions = tuple(field.action for field in dictated)
    adjustable = ("hashlib",)

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        seed = seed_of(form, tools, _SEED_BYTES)
        digits = digits_of(form, tools)
        hashlib = algorithm_of(form, tools.settings.text("hotp.hashlib"))

        def show(label: Label) -> tuple[Shown, ...]:
            return _shown(seed, label, digits, hashlib, 0)

        return Enrolled(secret=seed, digits=digits, info={"hashlib": hashlib}, show=show)

    def show(self, token: Token, label: Label, tools: Tools) -> tuple[Shown, ...]:
        hashlib = token.info.get("hashlib", "sha1")
        return _shown(tools.secret(token), label, token.digits, hashlib, token.counter)

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        find = _finder(token, tools)
        match = find(otp, token.counter, token.window)
        if match is not None:
            return _used(token, match)
        if find(otp, token.counter - 1, 1) is not None:
            return _refused(token, "otp value already used", replayed=True)
        if tools.settings.flag("AutoResync"):
            return _resync_unasked(token, otp, tools, find)
        return _refused(token, "wrong otp value")

    def resync(self, token: Token, first: str, second: str, tools: Tools) -> Verdict:
        find, first, second = _finder(token, tools), canonical_code(first), canonical_code(second)
        start, end = token.counter, token.counter + token.sync_window
        while (match := find(first, start, end - start)) is not None:
            if find(second, match + 1, 1) is not None:
                return _used(token, match + 1)
            start = match + 1
        return _refused(token, "not two consecutive otp values")

    def recognises(self, token: Token, otp: str, tools: Tools) -> Verdict:
        match = _finder(token, tools)(canonical_code(otp), token.counter, _RECOGNISED)
        return Verdict(accepted=False) if match is None else _used(token, match)

    def adjust(self, token: Token, name: str, value: str) -> Token:
        return replace(token, info={**token.info, "hashlib": algorithm(value)})


def _shown(seed: bytes, label: Label, digits: int, hashlib: str, counter: int) -> tuple[Shown, ...]:
    url = otpauth_url("hotp", seed, label, digits=digits, algorithm=hashlib, counter=counter)
    return shown_account(url, seed.hex())


Find = Callable[[str, int, int], int | None]


def _finder(token: Token, tools: Tools) -> Find:
    """Finds a code among so many counters from one on."""
    hashlib = token.info.get("hashlib", "sha1")
    return partial(find_counter, tools.secret(token), digits=token.digits, algorithm=hashlib)


def _resync_unasked(token: Token, otp: str, tools: Tools, find: Find) -> Verdict:
    """Two consecutive codes far ahead, one an answer: the first is remembered, the second, if in time, lets in.

    Whatever else comes between the two, the first is forgotten: a guesser has one try at the second.
    """
    first = token.state.get("otp1c", -1)
    if first >= token.counter and tools.now <= token.state.get("dueDate", 0):
        match = find(otp, first + 1, 1)
        if match is not None:
            return _used(token, match)
    far = find(otp, token.counter + token.window, token.sync_window - token.window)
    if far is None:
        return _refused(token, "wrong otp value")
    due = tools.now + tools.settings.number("AutoResyncTimeout", 240) * 1000
    return Verdict(accepted=False, why="otp value far ahead", state={"otp1c": far, "dueDate": due})


def _used(token: Token, counter: int) -> Verdict:
    return Verdict(accepted=True, counter=counter + 1, state=_forgotten(token))


def _refused(token: Token, why: str, *, replayed: bool = False) -> Verdict:
    return Verdict(accepted=False, why=why, replayed=replayed, state=_forgotten(token))


def _forgotten(token: Token) -> Mapping[str, Any] | None:
    """The state without the first code of a resync, if it holds one."""
    return {} if token.state else None
