import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.directory.names import LONGEST_NAME, canonical, login_key, readings, realm_key, split
from watchword.model.configuration import Configuration, Entry, Realm
from watchword.model.person import UserName

CONFIGURATION = Configuration(
    realms={"demo": Realm(name="demo"), "other": Realm(name="other")}, default_realm="demo"
)
LITERAL = Configuration(
    realms=CONFIGURATION.realms, default_realm="demo", entries={"splitAtSign": Entry(value="False")}
)


@pytest.mark.parametrize(
    ("text", "login", "realm"),
    [
        ("alice", "alice", ""),
        (" alice ", "alice", ""),
        ("alice@other", "alice", "other"),
        ("alice@OTHER ", "alice", "other"),
        ("other\\alice", "alice", "other"),
        ("alice@example.org@other", "alice@example.org", "other"),
        ("corp\\alice@other", "corp\\alice", "other"),
        ("alice@nowhere", "alice", "nowhere"),
        ("alice@", "alice", ""),
        ("@other", "", "other"),
        ("", "", ""),
    ],
)
def test_a_login_is_parted_at_the_last_at_sign_or_the_first_backslash(
    text: str, login: str, realm: str
) -> None:
    assert split(text, CONFIGURATION) == UserName(login=login, realm=realm)


def test_a_realm_given_apart_leaves_the_login_as_it_stands() -> None:
    assert split("alice@other", CONFIGURATION, realm=" Demo ") == UserName(login="alice@other", realm="demo")


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_realm_counts_as_not_given(empty: str) -> None:
    assert split("alice@other", CONFIGURATION, realm=empty).realm == "other"


@pytest.mark.parametrize("odd", ["de\0mo", "x" * 400, "\u200b"])
def test_a_realm_that_can_be_none_never_becomes_the_default_one(odd: str) -> None:
    name = split("alice", CONFIGURATION, realm=odd)
    assert name.realm not in {"", *CONFIGURATION.realms}
    assert all(reading.realm not in CONFIGURATION.realms for reading in readings(name, CONFIGURATION))


def test_nothing_is_parted_where_the_setting_forbids_it() -> None:
    assert split("alice@other", LITERAL) == UserName(login="alice@other")
    assert split("other\\alice", LITERAL) == UserName(login="other\\alice")


def test_an_address_is_read_as_login_and_realm_last_if_that_realm_is_known() -> None:
    assert readings(UserName(login="alice@other"), LITERAL) == (
        UserName(login="alice@other", realm="demo"),
        UserName(login="alice", realm="other"),
    )
    assert readings(UserName(login="alice@nowhere"), LITERAL) == (
        UserName(login="alice@nowhere", realm="demo"),
    )
    assert readings(UserName(login="@other"), LITERAL) == (UserName(login="@other", realm="demo"),)
    assert readings(UserName(login="a@other", realm="demo"), LITERAL) == (
        UserName(login="a@other", realm="demo"),
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("people", "people"),
        ("people (useridresolver.SQLIdResolver.IdResolver)", "people"),
        ("useridresolver.SQLIdResolver.IdResolver.people", "people"),
        ("(x)", "(x)"),
        ("", ""),
    ],
)
def test_a_resolver_may_be_written_with_its_class(text: str, name: str) -> None:
    assert split("alice", CONFIGURATION, resolver=text).resolver == name


@pytest.mark.parametrize(
    "text",
    [
        "al\0ice",
        "al\nice",
        "alice\u200b",
        "al\u00adice",
        "\u202ealice",
        "al\ud800ice",
        "al\ue000ice",
        "a\u2028b",
        "x" * (LONGEST_NAME + 1),
        "\ufdfa" * LONGEST_NAME,
        "   ",
    ],
)
def test_a_name_with_what_nobody_sees_or_too_much_of_it_is_nobodys(text: str) -> None:
    assert canonical(text) == login_key(text) == ""
    assert readings(UserName(login=text), CONFIGURATION) == ()


@pytest.mark.parametrize(
    "spelling",
    ["alice", "ALICE", " Alice\t", "\uff41\uff4c\uff49\uff43\uff45", "\u24b6LICE", "\u00a0alice\u3000"],
)
def test_case_width_and_blanks_around_it_make_no_other_login(spelling: str) -> None:
    assert login_key(spelling) == "alice"


def test_letters_that_only_look_alike_are_other_logins() -> None:
    assert login_key("\u0430lice") != login_key("alice")  # a Cyrillic letter


@given(st.text(max_size=40))
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert login_key(login_key(text)) == login_key(text)


@given(st.text(max_size=40))
def test_another_case_or_composition_is_no_other_login(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert login_key(unicodedata.normalize(form, text)) == login_key(text)
    assert login_key(f" {text.casefold()} ") == login_key(text)


@given(st.text(max_size=40))
def test_a_realm_is_written_in_one_way(text: str) -> None:
    assert realm_key(realm_key(text)) == realm_key(text)
