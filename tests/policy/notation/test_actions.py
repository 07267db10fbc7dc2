import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.notation.actions import print_actions, read_actions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("read", {"read": True}),
        ("read, write", {"read": True, "write": True}),
        (" otppin = 1 ,smstext='Code <otp>' ", {"otppin": "1", "smstext": "Code <otp>"}),
        ("!enable, -disable, show=false", {"enable": False, "disable": False, "show": "false"}),
        ("*", {"*": True}),
        ("*, !remove", {"*": True, "remove": False}),
        ("smstext='a, b=c', x", {"smstext": "a, b=c", "x": True}),
        ('smstext=" a"', {"smstext": " a"}),
        ("smstext=Don't worry", {"smstext": "Don't worry"}),
        ("smstext='It's <otp>', x=1", {"smstext": "It's <otp>", "x": "1"}),
        ("forward_server=radius://h:1812/?secret=x&y=z", {"forward_server": "radius://h:1812/?secret=x&y=z"}),
        ("emailtext='two\nlines'", {"emailtext": "two\nlines"}),
        ("a,,b,", {"a": True, "b": True}),
        ("a=", {"a": ""}),
        ("a=''", {"a": ""}),
        ("a, a", {"a": True}),
        ("otppin=1, otppin = 1", {"otppin": "1"}),
        ("forwardtoken:no_failcounter_forwarding", {"forwardtoken:no_failcounter_forwarding": True}),
        ("", {}),
    ],
)
def test_what_a_policy_says_is_read(text: str, said: dict[str, str | bool]) -> None:
    assert read_actions(text) == said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("otppin=1, otppin=2", "'otppin' is there twice"),
        ("a, !a", "'a' is there twice"),
        ("smstext='abc", "'smstext': the quoted value"),
        ("smstext='abc'd", "'smstext': the quoted value"),
        ("!a=1", "'!a'"),
        ("=1", "needs a name"),
        ("a, !", "write name"),
        ("'a'", "write name"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_action(text: str, place: str) -> None:
    with pytest.raises(BadParameter, match=place):
        read_actions(text)


def test_a_refusal_never_shows_the_value() -> None:
    with pytest.raises(BadParameter) as refusal:
        read_actions("forward_server='radius://host/?secret=hushhush")
    assert "hushhush" not in refusal.value.message


NAMES = st.text("abcXYZ_.:0", min_size=1, max_size=6)
VALUES = st.one_of(st.booleans(), st.text(max_size=12), st.text("a,='\" \n", max_size=12))


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_is_printed_reads_as_the_same(said: dict[str, str | bool]) -> None:
    try:
        text = print_actions(said)
    except BadParameter:
        assert any(isinstance(value, str) and "'" in value and '"' in value for value in said.values())
        return
    assert read_actions(text) == said


@given(st.text("ab,=!-'\" \n", max_size=20))
def test_everything_that_is_read_can_be_printed(text: str) -> None:
    try:
        said = read_actions(text)
    except BadParameter:
        return
    assert read_actions(print_actions(said)) == said
