"""Shows the templates of token types (NAME.html), and forms from declared fields for types that have none.

Threat: a template of somebody else that reaches for more than it is shown. It is rendered in a sandbox, escapes what
it is given, sees the fields it is for and the components of pages, and no other template; and the headers of the page
around it hold for it, too.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from msgspec.structs import replace

from watchword.plugin.faces import BLOCKS
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Adjusted, Settings, TokenType, Wanted
from watchword.web.fields import Choice, Field
from watchword.web.pages import TEMPLATES, Pages
from watchword.web.translating import SOURCE, Phrase, phrase, said, translations

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_PARTS = "parts/"
_FORM = '{% from "parts/forms.html" import fields as all %}{{ all(fields) }}'


class TypeFaces:
    """What pages show of token types, in any language."""

    def __init__(self, pages: Pages, kinds: Kinds) -> None:
        self._assets = pages.assets
        self._faces = kinds.faces
        self._environments: dict[str, SandboxedEnvironment] = {}

    def has(self, kind: TokenType, block: str) -> bool:
        """Whether the type brings a template with this block."""
        if kind.name not in self._faces:
            return False
        return block in self._environment(SOURCE).get_template(kind.name).blocks

    def title(self, kind: TokenType, block: str, language: str) -> str:
        """What the tab of this block is called."""
        if not self.has(kind, f"{block}_title"):
            return said(phrase(kind.title), translations()[language])
        return str(self._rendered(kind, f"{block}_title", language, {})).strip()

    def show(
        self, kind: TokenType, block: str, language: str, fields: Iterable[Field], **shown: Any
    ) -> Markup:
        """The block (one of `plugin.faces.BLOCKS`), or the fields one below the other where there is no template.

        The template knows ``fields`` by name, ``all_fields`` in their order, and what else is ``shown``.
        """
        assert block in BLOCKS
        listed = tuple(fields)
        if not self.has(kind, block):
            template = self._environment(language).from_string(_FORM)
            return Markup(template.render(fields=listed))  # noqa: S704  rendered with escaping
        known = {"fields": {field.name: field for field in listed}, "all_fields": listed, **shown}
        return self._rendered(kind, block, language, known)

    def _rendered(self, kind: TokenType, block: str, language: str, shown: Mapping[str, Any]) -> Markup:
        template = self._environment(language).get_template(kind.name)
        context = template.new_context({"title": kind.title, **shown})
        # What the file imports at its top is known to its blocks once the top has run, here with no block in it.
        context.blocks = {name: [lambda _context: iter(())] for name in template.blocks}
        deque(template.root_render_func(context), maxlen=0)
        return Markup("".join(template.blocks[block](context)))  # noqa: S704  rendered with escaping

    def _environment(self, language: str) -> "SandboxedEnvironment":
        if language not in self._environments:
            self._environments[language] = self._opened(language)
        return self._environments[language]

    def _opened(self, language: str) -> "SandboxedEnvironment":
        from jinja2 import FunctionLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        spoken = translations()[language]

        def source(name: str) -> str | None:
            if name.startswith(_PARTS) and name.removeprefix(_PARTS).replace(".html", "").isalpha():
                return (TEMPLATES / name).read_text("utf-8") if (TEMPLATES / name).is_file() else None
            return self._faces.get(name)

        environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=lambda value: said(value, spoken) if isinstance(value, Phrase) else value,
        )
        environment.globals |= {
            "_": lambda text, **named: said(text, spoken, **named),
            "language": language,
            "asset": self._assets.url,
            "has_asset": self._assets.has,
            "Field": Field,
            "Choice": Choice,
        }
        return environment


def enrolment_fields(kind: TokenType) -> tuple[Field, ...]:
    """What administrators fill in to enrol one: what the type declares for them, else what it does for people."""
    portrait = kind.portrait
    wanted = kind.fields or (portrait.fields if portrait is not None else ())
    return tuple(field_of(one) for one in wanted)


def settings_fields(kind: TokenType, settings: Settings) -> tuple[Field, ...]:
    """The type's system settings with what they say now, each under its whole name."""
    return tuple(_setting(kind, one, settings) for one in kind.settings)


def field_of(wanted: Wanted) -> Field:
    """A declared field as a field of a page."""
    return Field(
        name=wanted.name,
        label=phrase(wanted.label),
        kind=wanted.kind,
        help=phrase(wanted.help) if wanted.help else "",
        value="" if wanted.kind == "password" else wanted.default,
        required=wanted.needed and wanted.kind != "checkbox",
        longest=wanted.longest,
        choices=tuple(Choice(value=choice, label=choice) for choice in wanted.choices),
    )


def _setting(kind: TokenType, one: Adjusted, settings: Settings) -> Field:
    value = kind.setting(one.name, settings)
    field = Field(
        name=f"{kind.name}.{one.name}",
        label=phrase(one.label),
        help=phrase(one.help) if one.help else "",
        value=str(value),
    )
    if isinstance(one.default, bool):
        return replace(field, kind="checkbox", value="1" if value else "")
    if isinstance(one.default, int):
        return replace(field, kind="number", required=True, least=one.least, most=one.most)
    choices = tuple(Choice(value=choice, label=choice) for choice in one.choices)
    return replace(field, kind="select", choices=choices) if choices else field
