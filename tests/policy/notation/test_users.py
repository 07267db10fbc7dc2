import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.circumstances import Circumstances
from watchword.policy.notation.lists import ANY, EXACT, OUT, SOME
from watchword.policy.notation.users import AttributeTest, Name, Users, Who, read_users


def fit(
    condition: str, login: str, realm: str = "sales", resolver: str | None = None, **attributes: str
) -> int:
    who = Circumstances(now=0, login=login, realm=realm, resolver=resolver, attributes=attributes)
    return read_users(condition).precision(who)


EXAMPLE = "Hugo, !Emma, *@sales, a*, myLdap:"


@pytest.mark.parametrize(
    ("login", "realm", "resolver", "found"),
    [
        ("Hugo", "corp", None, EXACT),
        ("hugo", "corp", None, OUT),
        ("Emma", "sales", "myLdap", OUT),
        ("Paul", "sales", None, SOME),
        ("Paul", "SALES", None, SOME),
        ("anna", "corp", None, SOME),
        ("Paul", "corp", "myLdap", SOME),
        ("Paul", "corp", "myldap", OUT),
        ("Paul", "corp", None, OUT),
    ],
)
def test_the_documented_example_means_what_it_says(
    login: str, realm: str, resolver: str | None, found: int
) -> None:
    assert fit(EXAMPLE, login, realm, resolver) == found


def test_a_name_is_more_precise_than_a_group_and_a_group_than_a_star() -> None:
    assert [fit(text, "alice") for text in ("*", "a*", "alice", "*, a*, alice", "alice@sales")] == [
        ANY,
        SOME,
        EXACT,
        EXACT,
        EXACT,
    ]


@pytest.mark.parametrize(
    "condition", ["*, !alice", "!alice, *", "alice, -alice", "*, -a*", "!*@sales, alice", "*,!#mail"]
)
def test_a_negated_entry_wins_whatever_matched_before_or_after(condition: str) -> None:
    assert fit(condition, "alice", mail="a@example.com") == OUT


@pytest.mark.parametrize("condition", ["!bob", "-bob, !carol", ""])
def test_only_negated_entries_match_nobody(condition: str) -> None:
    assert fit(condition, "alice") == OUT


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("#mobile", SOME),
        ("*#mobile", SOME),
        ("alice#mobile", EXACT),
        ("alice@sales#mobile", EXACT),
        ("alice@corp#mobile", OUT),
        ("#fax", OUT),
        ("#empty", OUT),
        ("#title == boss", SOME),
        ("#title==boss", SOME),
        ("#title == 'boss'", SOME),
        ("#title == clerk", OUT),
        ("#title != clerk", SOME),
        ("#title != boss", OUT),
        ("#fax != 1", OUT),
        ("#title ~= ^bo", SOME),
        ("#title ~= oss", SOME),
        ("#title ~= ^oss", OUT),
        ("#place == 'Bonn, Rhein'", SOME),
        (r"#place == Bonn\, Rhein", SOME),
        ("#place ~= 'n, R'", SOME),
        ("#mobile ~= [0-9]{2,4}$", SOME),
    ],
)
def test_tests_on_attributes_narrow_an_entry(condition: str, found: int) -> None:
    attributes = {"mobile": "+4912", "title": "boss", "place": "Bonn, Rhein", "empty": ""}
    assert fit(condition, "alice", **attributes) == found


def test_attributes_are_learnt_only_when_a_condition_looks_at_them() -> None:
    asked = []

    def learn() -> dict[str, str]:
        asked.append(1)
        return {"mobile": "1"}

    alice = Circumstances(now=0, login="alice", attributes=learn)
    assert read_users("alice, bob#mobile").precision(alice) == EXACT
    assert not asked
    assert read_users("*#mobile").precision(alice) == SOME
    assert asked


@pytest.mark.parametrize(
    ("condition", "login", "resolver", "found"),
    [
        ("alice.myLdap:", "alice", "myLdap", EXACT),
        ("john.doe.myLdap:", "john.doe", "myLdap", EXACT),
        ("*.myLdap:", "alice", "myLdap", SOME),
        ("alice.myLdap:", "alice", "other", OUT),
        ("alice.myLdap:", "bob", "myLdap", OUT),
        ("alice@sales.myLdap:", "alice", "myLdap", EXACT),
    ],
)
def test_a_resolver_narrows_a_name(condition: str, login: str, resolver: str, found: int) -> None:
    assert fit(condition, login, resolver=resolver) == found


@pytest.mark.parametrize(
    ("condition", "login", "found"),
    [
        ("a*", "a*", EXACT),
        (r"a\*", "a*", EXACT),
        (r"a\*", "alice", OUT),
        ("*", "*", ANY),
        ("alice", "*", OUT),
        ("alice", "al*", OUT),
        ("john.doe", "john.doe", EXACT),
        ("john.doe", "johnxdoe", OUT),
        ("a+b", "a+b", EXACT),
        ("PC1$", "PC1$", EXACT),
        ("PC1$", "PC1", OUT),
        ("o'brien", "o'brien", EXACT),
        (r"Doe\, John", "Doe, John", EXACT),
        (r"\-x", "-x", EXACT),
        (r"alice\@example.com", "alice@example.com", EXACT),
        ("alice@example.com@sales", "alice@example.com", EXACT),
        ("alice@example.com", "alice@example.com", OUT),
        (r"a\:b", "a:b", EXACT),
        (r"a\#b", "a#b", EXACT),
    ],
)
def test_special_characters_in_a_login_are_literal(condition: str, login: str, found: int) -> None:
    assert fit(condition, login) == found


def test_unicode_spellings_of_one_name_are_one_and_look_alikes_are_not() -> None:
    assert fit("Jürgen", "Ju\u0308rgen") == EXACT
    assert fit("Ju\u0308rgen*", "Jürgen") == SOME
    assert fit("alice", "\uff41lice") == EXACT  # full-width a
    assert fit("alice", "\u0430lice") == OUT  # Cyrillic a
    assert fit("a\uff0a", "alice") == OUT  # a full-width star is no wildcard


def test_the_realm_of_an_entry_may_be_an_expression_without_regard_to_case() -> None:
    assert fit("alice@Sal*", "alice") == EXACT
    assert fit("alice@S[A]LES", "alice") == EXACT
    assert fit("alice@corp|shop", "alice") == OUT


def test_whoever_has_no_login_is_meant_by_groups_only() -> None:
    assert [fit(text, "") for text in ("*", "*@sales", "alice", "a*", "myLdap:")] == [
        ANY,
        SOME,
        OUT,
        OUT,
        OUT,
    ]


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ("bob, a(b", "entry 'a\\(b'"),
        ("alice@", "realm is missing"),
        ("a:b", "colon"),
        (":", "resolver is missing"),
        ("#", "test is written"),
        ("#a = 1", "test is written"),
        ("#a == 'x", "quote"),
        ("#a ~= (", "entry '#a ~= \\('"),
        ("bob, !", "negates nothing"),
        ("CORP\\alice", "user@realm"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_place(condition: str, place: str) -> None:
    with pytest.raises(BadParameter, match=place):
        read_users(condition)


LOGINS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=8
).filter(lambda text: "\\" not in text)


@given(LOGINS)
def test_every_login_can_be_named(login: str) -> None:
    written = str(Name(login))
    assert fit(written, login) == EXACT
    assert fit(f"bob, !{written}, *", login) == OUT


def names() -> st.SearchStrategy[Name | None]:
    texts = st.sampled_from(
        ["alice", "a.b", "x@y", "a:b", "-x", "!", "a,b", "#1", "a*", "[ab]c", "(a|b)+", r"\*?"]
    )
    return texts.map(lambda text: read_users(str(Name(text)) if "*" not in text else text).wanted[0].login)


TESTS = st.builds(
    lambda operator, value: AttributeTest("mobile", operator, value if operator else ""),
    st.sampled_from(["", "==", "!="]),
    st.text("ab, '=#", max_size=6),
)


@given(
    st.lists(
        st.builds(
            lambda login, realm, resolver, test: Who(login=login, realm=realm, resolver=resolver, test=test),
            names(),
            st.sampled_from([None, Name("sales")]),
            st.sampled_from([None, "myLdap"]),
            st.none() | TESTS,
        ),
        max_size=4,
    ).flatmap(
        lambda all_of: st.integers(0, len(all_of)).map(
            lambda cut: Users(tuple(all_of[:cut]), tuple(all_of[cut:]))
        )
    )
)
def test_what_is_printed_reads_as_the_same_condition(users: Users) -> None:
    assert read_users(str(users)) == users


@given(st.text("ab@:#*!-,. ='\\[]~", max_size=20))
@example("@]@*")
def test_any_text_is_read_or_refused_and_reading_is_stable(text: str) -> None:
    try:
        users = read_users(text)
    except BadParameter:
        return
    assert read_users(str(users)) == users
