"""The two files to start a token type from: codes on a sheet of paper, each good once, in their order."""

import re
from pathlib import Path

from watchword.errors import BadParameter

_NAME = re.compile(r"[a-z][a-z0-9]{1,19}")

_PYTHON = '''\
"""What a NAME is, in one sentence."""

import hmac

from watchword.plugin import (
    Adjusted,
    Enrolled,
    Form,
    Judging,
    Label,
    Portrait,
    Shown,
    Token,
    TokenType,
    Tools,
    Verdict,
)


class TITLE(TokenType, Judging):
    requires = (1, 0)
    name, label, prefix, title = "NAME", "NAME", "PREFIX", "TITLE"
    portrait = Portrait(title="TITLE", text="Codes on paper, each good once.", icon="paper", shown_once=True)
    settings = (Adjusted(name="codes", label="Codes on a sheet", default=20, least=3, most=50),)

    def enrol(self, form: Form, tools: Tools) -> Enrolled:
        """Make one: what is kept, and what is shown this once."""
        codes = [f"{tools.dice.below(1_000_000):06}" for _ in range(self.setting("codes", tools.settings))]

        def show(label: Label) -> tuple[Shown, ...]:
            return (Shown(name="NAME", description="Codes, in their order", order=0, value=" ".join(codes)),)

        return Enrolled(secret=" ".join(codes).encode(), digits=6, show=show)

    def judge(self, token: Token, otp: str, tools: Tools) -> Verdict:
        """Say what you think; the server makes it true, once."""
        answer = otp.encode(errors="replace")
        used = None
        for place, code in enumerate(tools.secret(token).split()):
            if hmac.compare_digest(code, answer):
                if place >= token.counter:
                    return Verdict(accepted=True, counter=place + 1)
                used = place
        if used is not None:
            return Verdict(accepted=False, why="a used code", replayed=True)
        return Verdict(accepted=False, why="no code of this sheet")
'''

_HTML = """\
{# The pages of the type; each block has a title of its own. `fields` are what the Python file declares. #}
{% from "parts/forms.html" import fields as all, field %}

{% block enrol_title %}TITLE{% endblock %}
{% block enrol %}
<p>What an administrator reads who issues one.</p>
{{ all(all_fields) }}
{% endblock %}

{% block settings_title %}TITLE{% endblock %}
{% block settings %}
{{ field(fields["NAME.codes"]) }}
{% endblock %}

{% block selfservice_title %}TITLE{% endblock %}
{% block selfservice %}
<p>What somebody reads who enrols one.</p>
{{ all(all_fields) }}
{% endblock %}
"""


def begin(name: str, folder: Path) -> tuple[Path, Path]:
    """Write NAME.py and NAME.html into the folder; `BadParameter` if the name cannot be one, or a file is there."""
    if not _NAME.fullmatch(name):
        raise BadParameter("The name must be 2 to 20 small letters and digits, beginning with a letter.")
    words = {"NAME": name, "TITLE": name.capitalize(), "PREFIX": name.upper()[:4]}
    made = []
    for ending, text in ((".py", _PYTHON), (".html", _HTML)):
        path = folder / f"{name}{ending}"
        if path.exists():
            raise BadParameter(f"There is a {path} already: take another name, or remove it.")
        made.append((path, re.sub("NAME|TITLE|PREFIX", lambda found: words[found[0]], text)))
    for path, text in made:
        path.write_text(text, "utf-8")
        path.chmod(0o644)
    return made[0][0], made[1][0]
