"""``components.md``: the blocks and macros for who writes templates, as the head of each template tells of them."""

import re
import textwrap
from pathlib import Path
from typing import get_args

import msgspec

from watchword.cli.reference.markdown import code, listed, section, titled
from watchword.web.fields import Field, Kind
from watchword.web.pages import TEMPLATES

_WHAT = """\
Pages are made of these. A template of your own, in the folder of the setting `pages.templates`, has them too:
[Your own templates](../how-to/branding.md#templates-of-your-own) tells how. A demo shows them all in every state at
`/dev/components`."""
_IMPORTS = """\
A macro is fetched by name from its file: `{% from "parts/forms.html" import field, form %}`. Texts that are phrases of
ours speak the reader's language; what you write stands as it is. `asset("name.svg")` is the address of a static file,
`brand` has `name`, `logo`, `footer`, `imprint` and `privacy`."""


def page() -> str:
    parts = sorted((TEMPLATES / "parts").glob("*.html"))
    return (
        titled("Components of pages", _WHAT, _IMPORTS)
        + section("base.html", _head(TEMPLATES / "base.html"))
        + "".join(section(f"parts/{path.name}", _head(path)) for path in parts)
        + section(
            "Field",
            f"What `field` and `form` of `parts/forms.html` take; {code('name')} and {code('label')} are needed.",
            _fenced("\n".join(_attributes())),
            f"Kinds: {listed(code(kind) for kind in get_args(Kind))}.",
        )
    )


def _head(template: Path) -> str:
    """The comment at the head of a template."""
    text = template.read_text("utf-8")
    told = re.match(r"\{#(.*?)#\}", text, re.DOTALL)
    first, _, rest = (told[1] if told is not None else "").partition("\n")
    return _fenced(f"{first.strip()}\n{textwrap.dedent(rest).rstrip()}".strip())


def _fenced(text: str) -> str:
    return f"```text\n{text}\n```"


def _attributes() -> list[str]:
    return [
        f"{field.name}" if field.default is msgspec.NODEFAULT else f"{field.name}={field.default!r}"
        for field in msgspec.structs.fields(Field)
    ]
