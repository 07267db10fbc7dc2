import pytest
from msgspec.structs import replace

from watchword.errors import BadParameter, Refused
from watchword.model.policy import ALWAYS, Action, Policy, Scope
from watchword.policy.catalogue import Catalogue
from watchword.policy.saving import check, refuse_lockout

CATALOGUE = Catalogue.collect(
    [
        Action(name="otppin", scope=Scope.AUTHENTICATION, kind="set", values=range(4), default=0, help=""),
        Action(name="read", scope=Scope.SYSTEM, kind="bool", default=False, help=""),
        Action(name="write", scope=Scope.SYSTEM, kind="bool", default=False, help=""),
    ]
)
PIN = Policy(name="pin_1", scope="authentication", action="otppin=1", realm="Sales", user="Hugo, !Emma")


def test_a_good_policy_keeps_its_texts_but_for_the_case_of_the_realm() -> None:
    assert check(PIN, CATALOGUE) == replace(PIN, realm="sales")


@pytest.mark.parametrize("scope", [scope.value for scope in Scope if scope is not Scope.SYSTEM])
def test_empty_conditions_become_everybody_everywhere_always(scope: str) -> None:
    empty = Policy(name="p", scope=scope, action="x", realm="*", user=" ", client="", time="")
    kept = check(empty, CATALOGUE, actions_too=False)
    assert (kept.user, kept.client, kept.time) == ("*", "*", ALWAYS)


def test_an_empty_user_of_a_system_policy_stays_nobody_and_is_a_potential_lockout() -> None:
    empty = check(Policy(name="p", scope="system", action="*", realm="*", user=" "), CATALOGUE)
    assert empty.user == ""
    with pytest.raises(Refused, match="potential lockout"):
        refuse_lockout([], [empty])


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a-b", "ä", "a\n", "a/b", "[a]"])
def test_a_name_has_letters_digits_and_underscores_only(name: str) -> None:
    with pytest.raises(BadParameter, match="policy name"):
        check(replace(PIN, name=name), CATALOGUE)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"scope": "nowhere"}, "scope 'nowhere'"),
        ({"scope": ""}, "scope ''"),
        ({"action": ""}, "no action"),
        ({"action": " , "}, "no action"),
        ({"action": "otppin=1, otppin=2"}, "twice"),
        ({"action": "nonsense"}, "action 'nonsense'"),
        ({"action": "otppin=9"}, "action 'otppin'"),
        ({"realm": ""}, "no realm"),
        ({"realm": "a b"}, "realm condition"),
        ({"user": "a("}, "user condition"),
        ({"client": "here"}, "client condition"),
        ({"time": "* * *"}, "time condition"),
        ({"user": "a\x00"}, "control character"),
    ],
)
def test_a_malformed_policy_is_refused_with_its_place(change: dict[str, str], place: str) -> None:
    with pytest.raises(BadParameter, match=place):
        check(replace(PIN, **change), CATALOGUE)


@pytest.mark.parametrize("action", ["nonsense", "otppin=9"])
def test_without_validation_of_actions_any_action_is_stored(action: str) -> None:
    assert check(replace(PIN, action=action), CATALOGUE, actions_too=False).action == action


def test_an_imported_policy_may_be_without_realm() -> None:
    assert check(replace(PIN, realm=""), CATALOGUE, imported=True).realm == ""


@pytest.mark.parametrize("scope", ["ocra", "ocra2"])
def test_legacy_scopes_are_stored_whatever_they_say(scope: str) -> None:
    assert check(replace(PIN, scope=scope, action="anything=1"), CATALOGUE).scope == scope


# lock-out

READ = Policy(name="read", scope="system", action="read", realm="*", user="ada")
WRITE = Policy(name="write", scope="system", action="read, write", realm="*", user="max")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [READ]),
        ([WRITE], [replace(WRITE, action="read")]),
        ([WRITE, READ], [READ]),
        ([WRITE, READ], [replace(WRITE, active=False), READ]),
        ([WRITE], [WRITE, replace(READ, user="")]),
        ([WRITE], [WRITE, replace(READ, realm="")]),
        ([WRITE], [WRITE, replace(READ, user="!max")]),
        ([], [replace(WRITE, user="")]),
        ([], [replace(WRITE, action="write=false, read")]),
        ([], [replace(WRITE, action="*, !write")]),
        ([], [replace(WRITE, realm="!corp")]),
    ],
)
def test_a_change_after_which_nobody_may_write_is_a_potential_lockout(
    before: list[Policy], after: list[Policy]
) -> None:
    with pytest.raises(Refused, match="potential lockout"):
        refuse_lockout(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [WRITE]),
        ([], [replace(WRITE, action="*")]),
        ([WRITE], [WRITE, READ]),
        ([WRITE, READ], [WRITE]),
        ([WRITE], []),
        ([WRITE], [replace(WRITE, active=False)]),
        ([READ], []),
        ([READ], [READ, PIN]),
        ([READ], [READ, WRITE]),
    ],
)
def test_a_change_that_leaves_a_writer_or_opens_the_scope_passes(
    before: list[Policy], after: list[Policy]
) -> None:
    refuse_lockout(before, after)
