"""A button on a web page: whoever logs in waits, and the owner says yes or no at ``/answer``, on another device.

The question's id leads to the page. Who knows it only can do nothing there: the owner's key, which a browser keeps like
a password, is what counts.
"""

import hmac

from watchword.plugin import (
    Asking,
    Deferred,
    Enrolled,
    Form,
    Label,
    Portrait,
    Question,
    Shown,
    Token,
    TokenType,
    Tools,
    Verdict,
    pick,
)

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 20  # of 32 characters: 100 bits, which nobody guesses


class WebButton(TokenType, Deferred):
    requires = (1, 0)
    name, label, prefix, title = "webbutton", "webbutton", "WEBB", "Button on a web page"
    portrait = Portrait(
        title="Button on a web page",
        text="You allow each log-in on a page on your phone or computer.",
        icon="check",
        shown_once=True,
    )
    prompt = "Allow the log-in on your page."

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        key = pick(tools.dice, _ALPHABET, _LENGTH)

        def show(_label: Label) -> tuple[Shown, ...]:
            return (Shown(name="key", description="Key of your page", order=0, value=key),)

        return Enrolled(secret=key.encode(), digits=0, show=show)

    def ask(self, token: Token, asking: Asking, tools: Tools) -> Question:
        page = f"/answer?transactionid={asking.transaction}"
        return Question(prompt=self.prompted(tools.settings), more={"answered_at": page})

    def answered(self, token: Token, transaction: str, form: Form, tools: Tools) -> Verdict:
        given = form.text("key").strip().upper().encode(errors="replace")
        if not hmac.compare_digest(given, tools.secret(token)):
            return Verdict(accepted=False, why="not the key of the page")
        if form.text("choice") != "yes":
            return Verdict(accepted=False, why="refused by its owner", final=True)
        return Verdict(accepted=True, why="allowed by its owner")
