"""Forms: what is wrong stands beside its field, and nothing that was typed is lost, or shown that should not be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.web.fields import Choice, Field, Kind, faulty, fill, read, refuse
from watchword.web.pages import Pages
from watchword.web.parameters import Params
from watchword.web.settings import PageSettings

PAGES = Pages(PageSettings())
CHOICES = (Choice(value="a", label="A"), Choice(value="b", label="B"))


def typed(field: Field, text: str) -> Field:
    (after,) = read((field,), Params({field.name: text}))
    return after


def shown(field: Field) -> str:
    macros: Any = PAGES._environment("en").get_template("parts/forms.html").module
    return str(macros.field(field))


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("text", " ", "This is needed."),
        ("text", "Anna", ""),
        ("number", "12x", "This must be a whole number."),
        ("number", "0", "At least {n}."),
        ("number", "99", "At most {n}."),
        ("number", " 12 ", ""),
        ("select", "c", "Choose one of these."),
        ("radio", "", "Choose one of these."),
        ("radio", "b", ""),
        ("email", "anna", "This is no e-mail address, such as anna@example.com."),
        ("email", "anna@example.com", ""),
        ("checkbox", "", "This must be ticked."),
        ("several", "c", "Choose at least one."),
        ("several", "b", ""),
        ("password", "", "This is needed."),
        ("text", "x" * 41, "At most {n} characters."),
    ],
)
def test_what_is_wrong_is_said_of_its_field(kind: Kind, text: str, error: str) -> None:
    field = Field(
        name="f", label="F", kind=kind, required=True, least=1, most=60, longest=40, choices=CHOICES
    )
    assert typed(field, text).error == error


def test_an_empty_field_is_well_where_it_is_not_needed() -> None:
    kinds: tuple[Kind, ...] = ("text", "number", "select", "email", "checkbox", "several", "password")
    assert not faulty(typed(Field(name="f", label="F", kind=kind, choices=CHOICES), "") for kind in kinds)


def test_an_error_of_the_house_stands_beside_the_field_it_is_about() -> None:
    fields = refuse((Field(name="a", label="A"), Field(name="b", label="B")), "b", "This serial is taken.")
    assert [field.error for field in fields] == ["", "This serial is taken."]
    assert faulty(fields)
    assert 'aria-describedby="b-error" aria-invalid="true"' in shown(fields[1])


def test_a_form_that_comes_back_asks_for_its_password_again() -> None:
    fields = (Field(name="a", label="A"), Field(name="p", label="P", kind="password", required=True))
    well = read(fields, Params({"a": "x", "p": "correct horse"}))
    assert not faulty(well)
    assert refuse(well, "a", "This name is taken.")[1].error == "Type this once more: it is not kept."


def test_values_of_the_house_stand_in_the_fields() -> None:
    fields = fill(
        (Field(name="a", label="A", value="old"), Field(name="b", label="B", value="old")), {"b": "new"}
    )
    assert [field.value for field in fields] == ["old", "new"]


@given(st.text(max_size=300))
def test_what_was_typed_is_still_there_whatever_is_wrong(text: str) -> None:
    for kind in ("text", "number", "email", "tel"):
        assert typed(Field(name="f", label="F", kind=kind, longest=3), text).value == text.strip()
    assert typed(Field(name="f", label="F", kind="textarea", longest=3), text).value == text


@given(st.text(min_size=12, alphabet=st.characters(categories=["Lu", "Nd"])))
def test_no_secret_comes_back(text: str) -> None:
    for kind in ("password", "code"):
        field = typed(Field(name="f", label="F", kind=kind), text)
        assert text not in repr(field)
        assert text not in shown(field)


def test_every_kind_has_a_label_of_its_own() -> None:
    kinds: tuple[Kind, ...] = ("text", "password", "number", "select", "checkbox", "textarea", "code", "tel")
    for kind in kinds:
        assert '<label for="f">' in shown(Field(name="f", label="F", kind=kind))
    for kind in ("radio", "several"):
        assert "<legend>F</legend>" in shown(Field(name="f", label="F", kind=kind, choices=CHOICES))
