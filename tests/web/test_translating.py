"""Languages: which one is spoken to whom, and whether it says everything."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import watchword
from watchword.web.pages import TEMPLATES
from watchword.web.translating import FOLDER, _, messages, preferred, said, translations

ASKED = re.compile(r"""\b_\(\s*(["'])(.*?)\1""", re.DOTALL)
SOURCE = Path(watchword.__file__).parent


def asked() -> set[str]:
    in_templates = {
        match[2] for path in TEMPLATES.rglob("*.html") for match in ASKED.finditer(path.read_text("utf-8"))
    }
    return in_templates.union(*(marked(path) for path in SOURCE.rglob("*.py")))


def marked(path: Path) -> Iterator[str]:
    """The texts that a module marks; texts in brackets are one for the compiler, as for gettext's tools."""
    text = path.read_text("utf-8")
    if "_(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield ast.literal_eval(node.args[0])


def german() -> dict[str, str]:
    """All that is said in German; a text that stands in two files is said alike in both."""
    said: dict[str, str] = {}
    for path in sorted((FOLDER / "de").glob("*.po")):
        said_here = messages(path.read_text("utf-8"))
        said_here.pop("", None)
        assert {name: said[name] for name in said.keys() & said_here.keys()}.items() <= said_here.items(), (
            path
        )
        said |= said_here
    return said


def test_german_says_all_that_pages_say_and_nothing_else() -> None:
    assert german().keys() == asked()
    assert all(german().values())


def test_a_translation_fills_in_the_same_names() -> None:
    for source, told in german().items():
        assert sorted(re.findall(r"\{\w*\}", source)) == sorted(re.findall(r"\{\w*\}", told))


def test_the_standard_library_reads_the_catalogue() -> None:
    assert translations()["de"].gettext("Log in") == "Anmelden"
    assert translations()["de"].gettext("What nobody translated") == "What nobody translated"
    assert translations()["en"].gettext("Log in") == "Log in"


def test_a_phrase_of_the_code_is_translated_with_the_phrases_in_it() -> None:
    german = translations()["de"]
    assert said(_("At most {n} characters.", n=20), german) == "Höchstens 20 Zeichen."
    assert said(_("The answer of {user} is right.", user=_("User name")), german).startswith(
        "Die Antwort von Benutz"
    )
    assert said(_("User name"), translations()["en"]) == "User name"


def test_what_is_no_phrase_is_shown_as_it_is() -> None:
    assert said("{user}", translations()["de"]) == "{user}"
    assert (
        said(_("The answer of {user} is right.", user="{x}"), translations()["en"])
        == "The answer of {x} is right."
    )


def test_plurals_and_contexts_have_keys_of_their_own() -> None:
    catalogue = messages(
        'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "eins"\nmsgstr[1] "v"\n"iele"\n\n'
        'msgctxt "verb"\nmsgid "show"\nmsgstr "zeigen"\n'
    )
    assert catalogue == {"one\x00many": "eins\x00viele", "verb\x04show": "zeigen"}


def test_the_language_that_is_wanted_most_is_spoken() -> None:
    assert preferred("de") == "de"
    assert preferred("de-AT,en;q=0.5") == "de"
    assert preferred("en;q=0.5, de;q=0.8") == "de"
    assert preferred("fr, de;q=0, en;q=0.1") == "en"
    assert preferred("fr") == preferred("") == "en"
    assert preferred("en", chosen="de") == "de"
    assert preferred("de", chosen="../../etc/passwd") == "de"


@given(st.text())
def test_whatever_is_accepted_some_language_is_spoken(accepted: str) -> None:
    assert preferred(accepted) in translations()
