"""A token that is nothing but its PIN."""

from watchword.plugin import (
    Enrolled,
    Form,
    Judging,
    Portrait,
    Token,
    TokenType,
    Tools,
    Verdict,
    _,
    shown_seed,
)

_SEED_BYTES = 20


class SimplePass(TokenType, Judging):
    name, label, prefix = "spass", "spass", "LSSP"
    title = "Simple pass (the PIN alone)"
    portrait = Portrait(
        title=_("PIN alone"),
        text=_("Nothing but a PIN. The weakest of all: only where nothing else works."),
        icon="lock",
        place=80,
        once_more=True,
    )
    canonical = False

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        # Nothing ever asks for this seed, but clients look for one in the answer, and some send one.
        seed = form.text("otpkey") or tools.dice.bytes(_SEED_BYTES).hex()
        return Enrolled(
            secret=seed.encode("utf-8", "surrogatepass"),
            digits=0,
            successes_max=1 if form.flag("onetime") else 0,
            show=lambda _label: (shown_seed(seed),),
        )

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        """Accepts the empty one-time part: whoever asks has compared the PIN, or asks for nothing."""
        if otp:
            return Verdict(accepted=False, why="this token has no one-time part")
        return Verdict(accepted=True)

    def needs_own_pin(self) -> bool:
        return True
