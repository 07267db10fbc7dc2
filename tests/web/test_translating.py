"""Languages: which one is spoken to whom, and whether it says everything."""

import re

from hypothesis import given
from hypothesis import strategies as st

from watchword.web.pages import TEMPLATES
from watchword.web.translating import FOLDER, messages, preferred, translations

ASKED = re.compile(r"""\b_\(\s*(["'])(.*?)\1""", re.DOTALL)


def asked() -> set[str]:
    return {
        match[2] for path in TEMPLATES.rglob("*.html") for match in ASKED.finditer(path.read_text("utf-8"))
    }


def test_german_says_all_that_the_templates_say_and_nothing_else() -> None:
    said = messages((FOLDER / "de.po").read_text("utf-8"))
    del said[""]
    assert said.keys() == asked()
    assert all(said.values())


def test_a_translation_fills_in_the_same_names() -> None:
    for source, said in messages((FOLDER / "de.po").read_text("utf-8")).items():
        assert sorted(re.findall(r"\{\w*\}", source)) == sorted(re.findall(r"\{\w*\}", said))


def test_the_standard_library_reads_the_catalogue() -> None:
    assert translations()["de"].gettext("Log in") == "Anmelden"
    assert translations()["de"].gettext("What nobody translated") == "What nobody translated"
    assert translations()["en"].gettext("Log in") == "Log in"


def test_plurals_and_contexts_have_keys_of_their_own() -> None:
    said = messages(
        'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "eins"\nmsgstr[1] "v"\n"iele"\n\n'
        'msgctxt "verb"\nmsgid "show"\nmsgstr "zeigen"\n'
    )
    assert said == {"one\x00many": "eins\x00viele", "verb\x04show": "zeigen"}


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
