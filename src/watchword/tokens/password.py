"""A password that stays the same, or serves once."""

from watchword.plugin import (
    ConflictingParameters,
    Enrolled,
    Form,
    Judging,
    Portrait,
    Prompting,
    Token,
    TokenType,
    Tools,
    Verdict,
    Wanted,
    _,
    shown_seed,
)


class Password(TokenType, Judging, Prompting):
    name, label, prefix = "pw", "pw", "KIPW"
    title = "Static password"
    portrait = Portrait(
        title=_("Password"),
        text=_("A second password that you choose. Weaker than a code: only where nothing else works."),
        icon="lock",
        place=70,
        fields=(Wanted(name="otpkey", label=_("New password"), kind="password", longest=1000),),
        once_more=True,
    )
    replaces_lost = "password"
    costly, canonical = True, False

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        password = form.need("otpkey")
        if form.flag("genkey"):
            raise ConflictingParameters(
                "Send otpkey without genkey: the password of this token is chosen, not made."
            )
        return Enrolled(
            secret=tools.keep_password(password),
            digits=len(password),
            successes_max=1 if form.flag("onetime") else 0,
            show=lambda _label: (shown_seed(password),),
        )

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        if tools.password_matches(tools.secret(token), otp):
            return Verdict(accepted=True)
        return Verdict(accepted=False, why="wrong password")
