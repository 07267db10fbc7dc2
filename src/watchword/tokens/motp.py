"""Codes that a phone makes of its clock, a seed and a PIN typed into it (Mobile-OTP, motp.sourceforge.net)."""

import hmac

from watchword.crypto.otp import motp
from watchword.plugin import (
    BadParameter,
    Enrolled,
    Form,
    Judging,
    Label,
    Pinned,
    Portrait,
    Prompting,
    Showing,
    Shown,
    Token,
    TokenType,
    Tools,
    Verdict,
    Wanted,
    _,
    digits_of,
    otpauth_url,
    seed_of,
    shown_account,
)

_SEED_BYTES = 8
_SLOT = 10_000
"""Milliseconds for which a code is shown."""


class Motp(TokenType, Judging, Prompting, Pinned, Showing):
    name, label, prefix = "motp", "mOTP", "LSMO"
    title = "Mobile-OTP"
    portrait = Portrait(
        title=_("Mobile-OTP app"),
        text=_("An app of this kind asks for a PIN before it shows a code."),
        icon="lock",
        place=60,
        suggested=_("My phone"),
        fields=(
            Wanted(
                name="otppin",
                label=_("PIN of the app"),
                kind="password",
                help=_("You will type it into the app each time."),
                longest=100,
            ),
        ),
        letters=True,
    )

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        seed = seed_of(form, tools, _SEED_BYTES).hex()
        pin = form.need("otppin")
        digits = digits_of(form, tools)

        def show(label: Label) -> tuple[Shown, ...]:
            return _shown(seed, label, digits)

        return Enrolled(secret=_joined(seed, pin), digits=digits, show=show)

    def show(self, token: Token, label: Label, tools: Tools) -> tuple[Shown, ...]:
        return _shown(_parted(tools.secret(token))[0], label, token.digits)

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        seed, pin = _parted(tools.secret(token))
        wanted = otp.lower().encode("utf-8", "surrogatepass")
        here, window = tools.now // _SLOT, 2 * token.window
        for slot in range(here - window, here + window):
            code = motp(seed, pin, slot, token.digits).encode()
            if not hmac.compare_digest(code, wanted):
                continue
            if slot < token.counter:
                return Verdict(accepted=False, why="otp value already used", replayed=True)
            return Verdict(accepted=True, counter=slot + 1)
        return Verdict(accepted=False, why="wrong otp value")

    def repinned(self, token: Token, pin: str, tools: Tools) -> bytes:
        if not pin:
            raise BadParameter("The PIN of a Mobile-OTP token must not be empty.")
        seed, _ = _parted(tools.secret(token))
        return _joined(seed, pin)


def _shown(seed: str, label: Label, digits: int) -> tuple[Shown, ...]:
    return shown_account(otpauth_url("motp", seed.encode(), label, digits=digits), seed)


def _joined(seed: str, pin: str) -> bytes:
    return f"{seed}:{pin}".encode("utf-8", "surrogatepass")


def _parted(secret: bytes) -> tuple[str, str]:
    seed, _, pin = secret.decode("utf-8", "surrogatepass").partition(":")
    return seed, pin
