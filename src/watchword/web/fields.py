"""Fields of a form as data: a face declares them, `parts/forms.html` shows them, and `read` holds what was typed against
them, so that every form says what is wrong beside the field and loses nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from watchword.web.parameters import Params
from watchword.web.translating import _

Kind: TypeAlias = Literal[
    "text",
    "password",
    "number",
    "select",
    "radio",
    "checkbox",
    "several",
    "textarea",
    "tel",
    "email",
    "url",
    "date",
    "code",
    "hidden",
]
"""``checkbox`` is one yes or no, ``several`` a checkbox for each choice, ``code`` a one-time code."""

_SECRET = frozenset({"password", "code"})
_CHOOSING = frozenset({"select", "radio"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST = 2000
_SHOWN = 10_000
"""What is too long is shown again up to here, so that it can be shortened."""


class Choice(Struct, frozen=True, kw_only=True):
    """One of the things to choose from."""

    value: str
    label: str
    help: str = ""


class Field(Struct, frozen=True, kw_only=True):
    """One field of a form. Texts that are phrases (`translating._`) are translated, others are shown as they are."""

    name: str
    label: str
    kind: Kind = "text"
    help: str = ""
    error: str = ""
    """What is wrong with it; it stands beside the field."""
    value: str = ""
    """What stands in it; a password or code never does. Of a ``checkbox``: ``1`` or nothing."""
    values: tuple[str, ...] = ()
    """What is ticked of ``several``."""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    autocomplete: str = "off"
    placeholder: str = ""
    unit: str = ""
    """What is counted, behind the field: ``minutes``."""
    longest: int = _LONGEST
    """Most characters."""
    least: int | None = None
    most: int | None = None
    """Bounds of a ``number``."""
    rows: int = 4
    digits: int = 6
    """How long a ``code`` looks."""
    readonly: bool = False
    focus: bool = False
    """Where the reader begins."""
    identifier: str = ""
    """The element's id, where two forms of a page have a field of the same name."""

    @property
    def id(self) -> str:
        return self.identifier or self.name


def read(fields: Iterable[Field], form: Params) -> tuple[Field, ...]:
    """The fields with what was typed, each with an error where it cannot be so. Secrets stay out: ask the form."""
    return _once_more(tuple(_read(field, form) for field in fields))


def fill(fields: Iterable[Field], values: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields with these values, where there are any."""
    return tuple(replace(field, value=values.get(field.name, field.value)) for field in fields)


def refuse(fields: Iterable[Field], name: str, error: str) -> tuple[Field, ...]:
    """The fields with an error beside the one of this name."""
    return _once_more(tuple(replace(field, error=error) if field.name == name else field for field in fields))


def faulty(fields: Iterable[Field]) -> bool:
    """Whether something is wrong with any of them."""
    return any(field.error for field in fields)


def _once_more(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """A form that comes back has no passwords in it: it says so before somebody sends it without."""
    if not faulty(fields):
        return fields
    told = _("Type this once more: it is not kept.")
    return tuple(
        replace(field, error=told)
        if field.kind == "password" and field.required and not field.error
        else field
        for field in fields
    )


def _read(field: Field, form: Params) -> Field:
    if field.kind == "several":
        known = {choice.value for choice in field.choices}
        values = tuple(value for value in form.list(field.name) if value in known)
        error = _("Choose at least one.") if field.required and not values else ""
        return replace(field, values=values, error=error)
    typed = form.text(field.name)
    if field.kind == "checkbox":
        return replace(
            field,
            value="1" if typed else "",
            error=_("This must be ticked.") if field.required and not typed else "",
        )
    if field.kind not in {"textarea", "password"}:
        typed = typed.strip()
    error = _fault(field, typed)
    return replace(
        field, value="" if field.kind in _SECRET else typed[: max(field.longest, _SHOWN)], error=error
    )


def _fault(field: Field, typed: str) -> str:
    if not typed:
        missing = _("Choose one of these.") if field.kind in _CHOOSING else _("This is needed.")
        return missing if field.required else ""
    if len(typed) > field.longest:
        return _("At most {n} characters.", n=field.longest)
    if field.kind == "number":
        return _number_fault(field, typed)
    if field.kind in _CHOOSING and typed not in {choice.value for choice in field.choices}:
        return _("Choose one of these.")
    if field.kind == "email" and not _EMAIL.fullmatch(typed):
        return _("This is no e-mail address, such as anna@example.com.")
    return ""


def _number_fault(field: Field, typed: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,15}", typed):
        return _("This must be a whole number.")
    if field.least is not None and int(typed) < field.least:
        return _("At least {n}.", n=field.least)
    if field.most is not None and int(typed) > field.most:
        return _("At most {n}.", n=field.most)
    return ""
