import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.directory.ldap.filters import escaped, fitting, template
from watchword.errors import BadParameter

texts = st.text(st.characters(exclude_categories=["Cs"]))


def filled(text: str, **values: str) -> str:
    return template("LDAPFILTER", text).filled(**values)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("(uid=%s)", r"(uid=a\2ab)"),
        ("uid=%s", r"(uid=a\2ab)"),
        (" ( & (a=1) (| (b>=2)(c<=3) ) (!(d~=4)) ) ", "(&(a=1)(|(b>=2)(c<=3))(!(d~=4)))"),
        ("(uid=%s)(objectClass=user)", r"(&(uid=a\2ab)(objectClass=user))"),
        ("(|(uid=%s)(mail=%s@example.org))", r"(|(uid=a\2ab)(mail=a\2ab@example.org))"),
        ("(memberOf:1.2.840.113556.1.4.1941:=cn=x,dc=y)", "(memberOf:1.2.840.113556.1.4.1941:=cn=x,dc=y)"),
        (
            "(!(userAccountControl:1.2.840.113556.1.4.803:=2))",
            "(!(userAccountControl:1.2.840.113556.1.4.803:=2))",
        ),
        ("(a;lang-de=*x*)", "(a;lang-de=*x*)"),
        (r"(cn=\28x\29)", r"(cn=\28x\29)"),
        ("(accountExpires>=%(now)s)", "(accountExpires>=17)"),
        ("(a=100%%)(b=5%)", "(&(a=100%)(b=5%))"),
        ("(&)", "(&)"),
    ],
)
def test_a_template_is_filled_where_it_has_holes(text: str, made: str) -> None:
    assert filled(text, login="a*b", now="17") == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "(uid=%s",
        "(uid=%s))",
        "(%s=x)",
        "(uid%s)",
        "(%s)",
        "(&(uid=%s)",
        "(!(a=1)(b=2))",
        "(uid=a(b)",
        r"(uid=\2)",
        "(uid=\0)",
        "(ü=1)",
        "(a=1)x",
        "(a:b)",
        "(&" * 60 + ")" * 60,
    ],
)
def test_what_is_no_filter_is_refused_by_the_name_of_its_setting(text: str) -> None:
    with pytest.raises(BadParameter, match="LDAPFILTER"):
        template("LDAPFILTER", text)


@given(texts)
def test_whatever_is_typed_stays_within_its_value(login: str) -> None:
    made = filled("(&(uid=%s)(objectClass=person))", login=login)
    assert made.startswith("(&(uid=")
    assert made.endswith(")(objectClass=person))")
    value = made.removeprefix("(&(uid=").removesuffix(")(objectClass=person))")
    assert value.isascii()
    assert not set(value) & set("()*\0&|!=")
    assert _unescaped(value) == login.encode()


@given(st.binary())
def test_an_escaped_value_is_these_bytes(raw: bytes) -> None:
    assert _unescaped(escaped(raw)) == raw


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        ("alice", "(uid=alice)"),
        ("a*", "(uid=a*)"),
        ("*a.b**c", "(uid=*a*b*c)"),
        ("a)(b", r"(uid=a\29\28b)"),
        ("*", ""),
        (".*", ""),
        ("", ""),
    ],
)
def test_a_pattern_narrows_no_more_than_it_says(pattern: str, made: str) -> None:
    assert fitting("uid", pattern) == made


def _unescaped(value: str) -> bytes:
    raw, rest = bytearray(), value
    while rest:
        if rest[0] == "\\":
            raw.append(int(rest[1:3], 16))
            rest = rest[3:]
        else:
            raw.append(ord(rest[0]))
            rest = rest[1:]
    return bytes(raw)
