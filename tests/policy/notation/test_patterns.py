import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.notation.patterns import LONGEST_PATTERN, expression, wildcard

ATOMS = ("a", "b", ".", "[ab]", "[^a]", r"\.", "[b-c]", "(?:ab)")
REPEATS = ("", "", "", "+", "?", "{2}", "{1,2}", "{0,2}", "{1,}", "+?")


@st.composite
def expressions(draw: st.DrawFn, *more_atoms: str, stars: bool = True) -> str:
    repeats = st.sampled_from((*REPEATS, "*", "*?") if stars else REPEATS)
    atoms = st.sampled_from((*ATOMS, *more_atoms))
    pieces = st.lists(st.tuples(atoms, repeats).map("".join), min_size=1, max_size=3).map("".join)
    branches = draw(st.lists(pieces, min_size=1, max_size=2))
    grouped = f"({'|'.join(branches)}){draw(repeats)}"
    return draw(st.sampled_from(["", "^", "a"])) + grouped + draw(st.sampled_from(["", "$", "b"]))


@given(expressions(r"\d", r"\D", r"\W", r"[^\S]", r"[\s\w]", r"\t"), st.text("abc.1 ", max_size=6))
def test_an_expression_finds_what_a_backtracking_search_finds(text: str, subject: str) -> None:
    assert expression(text).matches(subject) == bool(re.search(text, subject))


@given(expressions(stars=False), st.text("abc.1", max_size=6))
def test_a_wildcard_without_stars_describes_the_whole_name(text: str, subject: str) -> None:
    assert wildcard(text).matches(subject) == bool(re.fullmatch(text, subject))


@pytest.mark.parametrize(
    ("text", "name", "fits"),
    [
        ("a*", "alice", True),
        ("a*", "a", True),
        ("a*", "Alice", False),
        ("*son", "Emerson", True),
        ("*son", "sonny", False),
        ("a.*", "a", False),
        ("a.*", "ab", True),
        ("[a-c]*", "bob", True),
        ("[a-c]*", "dave", False),
        ("alice|bob", "bob", True),
        ("alice|bob", "alicebob", False),
        ("^alice|bob$", "alice", True),
        ("adm[0-9]{2}", "adm07", True),
        ("adm[0-9]{2}", "adm007", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a*b*c", "axxbyyc", True),
        ("Jürgen*", "Jürgen Maier", True),
        ("*", "", True),
        ("[]x]*", "]y", True),
        (r"[\]-]+", "]-]", True),
    ],
)
def test_a_star_in_a_name_stands_for_any_text(text: str, name: str, fits: bool) -> None:
    assert wildcard(text).matches(name) is fits


@pytest.mark.parametrize(
    "text",
    [
        "a(b",
        "a)b",
        "[ab",
        "+a",
        "a++",
        "a{3,2}",
        "(?=a)b",
        "[b-a]",
        "a\\",
        r"(a)\1",
        "((a{50}){50}){50}",
        "x" * (LONGEST_PATTERN + 1),
        "a)(b",
    ],
)
def test_what_does_not_compile_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadParameter, match="expression"):
        expression(text)


def test_a_windows_domain_before_a_name_is_refused_rather_than_read_as_a_class() -> None:
    with pytest.raises(BadParameter, match="user@realm"):
        wildcard(r"CORP\dave")


@pytest.mark.parametrize(
    "text",
    ["(a+)+b", "(a|a)*b", "(a|aa)+b", "a?" * 40 + "a{40}b", "(.{1,10}){1,9}b", ".*.*.*.*.*b", "(a*)*b"],
)
def test_an_expression_that_sends_others_back_for_years_is_answered_at_once(text: str) -> None:
    assert not expression(text).matches("a" * 1000)
