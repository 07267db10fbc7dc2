from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import Misconfigured
from watchword.model.policy import Action, Answer, Policy, Scope
from watchword.policy.catalogue import Catalogue
from watchword.policy.circumstances import Administrator, Circumstances
from watchword.policy.rules import Rules

OTPPIN = Action(
    name="otppin",
    scope=Scope.AUTHENTICATION,
    kind="set",
    values=(0, 1, 2, 3),
    default=0,
    help="what the PIN is",
)
SMSTEXT = Action(
    name="smstext", scope=Scope.AUTHENTICATION, kind="str", default="<otp>", help="text of a message"
)
AUTHORIZE = Action(name="authorize", scope=Scope.AUTHORIZATION, kind="bool", default=False, help="may log in")
TOKENTYPE: Action[tuple[str, ...]] = Action(
    name="tokentype", scope=Scope.AUTHORIZATION, kind="words", default=(), help="types of tokens"
)
SETREALM = Action(name="setrealm", scope=Scope.AUTHORIZATION, kind="str", default="", help="another realm")
MAXTOKEN: Action[int | None] = Action(
    name="maxtoken", scope=Scope.ENROLLMENT, kind="int", default=None, help="most tokens of a user"
)
VALID: Action[int | timedelta] = Action(
    name="lostTokenValid", scope=Scope.ENROLLMENT, kind=("int", "duration"), default=10, help="days"
)
ASSIGN = Action(name="assign", scope=Scope.SELFSERVICE, kind="bool", default=False, help="assign a token")
READ = Action(name="read", scope=Scope.SYSTEM, kind="bool", default=False, help="read the configuration")
WRITE = Action(name="write", scope=Scope.SYSTEM, kind="bool", default=False, help="change the configuration")
VIEW = Action(name="view", scope=Scope.AUDIT, kind="bool", default=False, help="read the audit")
SHOW = Action(name="show", scope=Scope.ADMIN, kind="bool", default=False, help="see tokens")
ENABLE = Action(name="enable", scope=Scope.ADMIN, kind="bool", default=False, help="enable tokens")
REMOVE = Action(name="remove", scope=Scope.ADMIN, kind="bool", default=False, help="remove tokens")

CATALOGUE = Catalogue.collect(
    [
        OTPPIN,
        SMSTEXT,
        AUTHORIZE,
        TOKENTYPE,
        SETREALM,
        MAXTOKEN,
        VALID,
        ASSIGN,
        READ,
        WRITE,
        VIEW,
        SHOW,
        ENABLE,
        REMOVE,
    ]
)
NOON = int(datetime(2026, 1, 7, 12, tzinfo=UTC).timestamp() * 1000)
ALICE = Circumstances(now=NOON, login="alice", realm="sales", resolver="myLdap", client="10.0.0.1")
ADA = Administrator(
    now=NOON, login="ada", realm="linotp_admins", resolver="LinOTP_local_admins", client="10.0.0.1"
)
MAX = Administrator(now=NOON, login="max", realm="linotp_admins", resolver="helpers", client="10.0.0.1")


def policy(
    name: str,
    scope: str,
    action: str,
    *,
    realm: str = "*",
    user: str = "*",
    client: str = "*",
    time: str = "*",
    active: bool = True,
) -> Policy:
    return Policy(
        name=name, scope=scope, action=action, realm=realm, user=user, client=client, time=time, active=active
    )


def pin(
    name: str, value: int, *, realm: str = "*", user: str = "*", client: str = "*", time: str = "*"
) -> Policy:
    return policy(name, "authentication", f"otppin={value}", realm=realm, user=user, client=client, time=time)


def rules(*policies: Policy, zone: str = "UTC") -> Rules:
    return Rules(policies, CATALOGUE, zone=zone)


# which policy answers


def test_without_any_policy_the_defaults_hold_and_nobody_gave_them() -> None:
    nothing = rules()
    assert nothing.ask(OTPPIN, ALICE) == Answer(value=0)
    assert nothing.ask(ASSIGN, ALICE) == Answer(value=False)
    assert nothing.all(TOKENTYPE, ALICE) == []
    assert not nothing.governed(Scope.SELFSERVICE)
    assert not nothing.governs(AUTHORIZE)


def test_an_answer_names_the_policy_that_gave_it_and_has_the_actions_type() -> None:
    house = rules(
        policy("a", "authentication", "otppin=2, smstext='Your code, <otp>'"),
        policy("b", "enrollment", "maxtoken=3, lostTokenValid=2d"),
        policy("c", "authorization", "tokentype=PW  totp"),
    )
    assert house.ask(OTPPIN, ALICE) == Answer(value=2, policy="a")
    assert house.ask(SMSTEXT, ALICE) == Answer(value="Your code, <otp>", policy="a")
    assert house.ask(MAXTOKEN, ALICE) == Answer(value=3, policy="b")
    assert house.ask(VALID, ALICE) == Answer(value=timedelta(days=2), policy="b")
    assert house.ask(TOKENTYPE, ALICE) == Answer(value=("PW", "totp"), policy="c")


def test_a_name_goes_before_a_group_and_a_group_before_everybody() -> None:
    every, group, name = pin("c", 1), pin("b", 2, user="a*"), pin("a", 3, user="bob, alice")
    assert rules(every, group, name).ask(OTPPIN, ALICE).policy == "a"
    assert rules(every, group).ask(OTPPIN, ALICE).policy == "b"
    assert rules(every).ask(OTPPIN, ALICE).policy == "c"


def test_the_user_weighs_more_than_the_realm_and_the_realm_more_than_the_client() -> None:
    user = pin("u", 1, user="alice")
    realm = pin("r", 2, realm="sales")
    client = pin("c", 3, client="10.0.0.0/8")
    realm_and_client = pin("rc", 1, realm="sales", client="10.0.0.0/8")
    assert rules(client, realm, user).ask(OTPPIN, ALICE).policy == "u"
    assert rules(client, realm).ask(OTPPIN, ALICE).policy == "r"
    assert rules(client, realm, realm_and_client).ask(OTPPIN, ALICE).policy == "rc"
    assert rules(client, realm_and_client, user).ask(OTPPIN, ALICE).policy == "u"


def test_a_precise_policy_hides_a_general_one_only_for_the_actions_that_it_names() -> None:
    house = rules(
        policy("general", "authentication", "otppin=1, smstext=general"),
        policy("precise", "authentication", "otppin=2", user="alice"),
    )
    assert house.ask(OTPPIN, ALICE) == Answer(value=2, policy="precise")
    assert house.ask(SMSTEXT, ALICE) == Answer(value="general", policy="general")


def test_of_equals_that_differ_the_first_by_name_wins_and_the_others_are_told() -> None:
    house = rules(
        pin("z", 1, user="alice"), pin("m", 2, user="alice"), pin("n", 2, user="alice"), pin("a", 3)
    )
    assert house.ask(OTPPIN, ALICE) == Answer(value=2, policy="m", rivals=("z",))


@given(st.permutations([pin("d", 1), pin("b", 2), pin("c", 3), pin("a", 1, client="11.0.0.0/8")]))
def test_the_order_in_which_policies_come_never_matters(policies: list[Policy]) -> None:
    assert rules(*policies).ask(OTPPIN, ALICE) == Answer(value=2, policy="b", rivals=("c", "d"))


def test_an_explicit_no_of_a_precise_policy_switches_a_general_yes_off() -> None:
    house = rules(
        policy("general", "selfservice", "assign"), policy("precise", "selfservice", "!assign", user="alice")
    )
    assert house.ask(ASSIGN, ALICE) == Answer(value=False, policy="precise")


def test_an_explicit_no_of_an_action_with_a_value_brings_its_default_back() -> None:
    house = rules(
        policy("general", "authentication", "smstext=x"),
        policy("precise", "authentication", "!smstext", user="alice"),
    )
    assert house.ask(SMSTEXT, ALICE) == Answer(value="<otp>", policy="precise")


def test_all_hears_every_one_of_the_most_precise() -> None:
    house = rules(
        policy("a", "enrollment", "maxtoken=5", realm="sales"),
        policy("b", "enrollment", "maxtoken=2", realm="sales, corp"),
        policy("c", "enrollment", "maxtoken=1"),
    )
    assert [(answer.value, answer.policy) for answer in house.all(MAXTOKEN, ALICE)] == [(5, "a"), (2, "b")]


# when a policy is out


def test_an_inactive_policy_has_no_effect_at_all() -> None:
    house = rules(
        policy("a", "authentication", "otppin=2", active=False),
        policy("b", "authorization", "authorize", active=False),
        policy("broken", "authentication", "otppin=", user="a(", time="x", active=False),
    )
    assert house.ask(OTPPIN, ALICE) == Answer(value=0)
    assert not house.governed(Scope.AUTHENTICATION)
    assert not house.governs(AUTHORIZE)


@pytest.mark.parametrize(
    "negation",
    [
        {"user": "alice, !a*"},
        {"user": "!alice, *"},
        {"realm": "*, -sales"},
        {"client": "10.0.0.0/8, !10.0.0.1"},
        {"time": "* * * * * *; -* 11-13 * * * *"},
        {"user": "!bob"},
        {"realm": "!corp"},
        {"client": "!11.0.0.0/8"},
        {"time": "!* 1 * * * *"},
        {"realm": ""},
        {"user": ""},
        {"client": ""},
    ],
)
def test_a_matching_negation_puts_the_policy_out_and_only_negations_match_nothing(
    negation: dict[str, str],
) -> None:
    assert rules(pin("p", 2, **negation)).ask(OTPPIN, ALICE) == Answer(value=0)


def test_a_policy_for_networks_needs_a_client_and_knows_it_in_both_families() -> None:
    house = rules(pin("p", 2, client="10.0.0.0/8"))
    elsewhere = {None: 0, "": 0, "11.0.0.1": 0, "10.9.9.9": 2, "::ffff:10.0.0.1": 2, "::1": 0}
    for client, value in elsewhere.items():
        who = Circumstances(now=NOON, login="alice", realm="sales", client=client)
        assert house.ask(OTPPIN, who).value == value


@pytest.mark.parametrize(
    ("scope", "action", "question"),
    [
        ("authentication", "otppin=2", OTPPIN),
        ("enrollment", "maxtoken=2", MAXTOKEN),
        ("authorization", "authorize", AUTHORIZE),
        ("selfservice", "assign", ASSIGN),
    ],
)
def test_the_time_counts_in_every_scope_to_the_minute(
    scope: str, action: str, question: Action[object]
) -> None:
    house = rules(policy("p", scope, action, time="30-59 11 * * 3 *; 0-29 12 * * * *"))
    minutes = {-31: False, -30: True, 0: True, 29: True, 30: False}
    for minute, answered in minutes.items():
        when = Circumstances(now=NOON + minute * 60_000, login="alice", realm="sales")
        assert (house.ask(question, when).policy == "p") is answered


def test_a_window_follows_the_configured_zone_through_summer_time() -> None:
    house = rules(pin("p", 2, time="* 8 * * * *"), zone="Europe/Berlin")
    for month, hour in ((1, 7), (7, 6)):
        at = [
            int(datetime(2026, month, 7, hour + shift, 30, tzinfo=UTC).timestamp() * 1000)
            for shift in (-1, 0, 1)
        ]
        assert [house.ask(OTPPIN, Circumstances(now=now, realm="sales")).value for now in at] == [0, 2, 0]


def test_the_realm_is_found_in_any_case_and_the_login_only_as_it_is() -> None:
    house = rules(pin("p", 2, realm="SALES", user="alice"))
    for login, realm, value in (("alice", "Sales", 2), ("Alice", "sales", 0), ("alice ", "sales", 0)):
        assert house.ask(OTPPIN, Circumstances(now=NOON, login=login, realm=realm)).value == value


def test_a_token_without_owner_meets_the_policies_for_everybody_in_its_realm() -> None:
    house = rules(pin("p", 2, realm="sales"), pin("q", 3, realm="sales", user="alice, a*, myLdap:"))
    assert house.ask(OTPPIN, Circumstances(now=NOON, realm="sales")) == Answer(value=2, policy="p")
    assert house.ask(OTPPIN, Circumstances(now=NOON, realm="corp")) == Answer(value=0)


def test_setrealm_with_a_resolver_moves_the_users_of_that_resolver_only() -> None:
    house = rules(policy("p", "authorization", "setrealm=corp", user="myLdap:"))
    assert house.ask(SETREALM, ALICE).value == "corp"
    other = Circumstances(now=NOON, login="bob", realm="sales", resolver="other")
    assert house.ask(SETREALM, other).value == ""


def test_attributes_are_needed_only_if_an_active_policy_tests_them() -> None:
    assert not rules(pin("p", 2, user="alice")).tests_attributes
    house = rules(pin("p", 2, user="*, !#blocked == yes"))
    assert house.tests_attributes
    blocked = Circumstances(now=NOON, login="alice", realm="sales", attributes={"blocked": "yes"})
    assert house.ask(OTPPIN, blocked).value == 0
    assert house.ask(OTPPIN, ALICE).value == 2


# authorize


def test_as_soon_as_one_policy_authorizes_all_others_are_to_be_refused() -> None:
    house = rules(policy("vpn", "authorization", "authorize", client="10.0.0.0/8"))
    assert house.governs(AUTHORIZE)
    assert house.ask(AUTHORIZE, ALICE) == Answer(value=True, policy="vpn")
    assert (
        house.ask(AUTHORIZE, Circumstances(now=NOON, login="alice", realm="sales", client="11.0.0.1")).value
        is False
    )


def test_each_of_several_authorizing_policies_opens_its_own_clients() -> None:
    house = rules(
        policy("one", "authorization", "authorize, tokentype=PW", client="10.0.0.1"),
        policy("two", "authorization", "authorize, tokentype=PW", client="::1"),
    )
    for client, opened in (("10.0.0.1", "one"), ("::1", "two"), ("10.0.0.2", None)):
        who = Circumstances(now=NOON, login="alice", realm="sales", client=client)
        assert house.ask(AUTHORIZE, who).policy == opened
        assert house.ask(TOKENTYPE, who).policy == opened


# administrators


def test_a_scope_without_active_policies_is_open_and_one_policy_closes_it() -> None:
    off = policy("p", "system", "read", user="ada", active=False)
    assert rules().permits(WRITE, MAX) == Answer(value=True)
    assert rules(off).permits(WRITE, MAX) == Answer(value=True)
    governed = rules(policy("p", "system", "read", user="ada"))
    assert governed.permits(READ, ADA) == Answer(value=True, policy="p")
    assert governed.permits(WRITE, ADA) == Answer(value=False)
    assert governed.permits(READ, MAX) == Answer(value=False)
    assert governed.permits(VIEW, MAX) == Answer(value=True)


def test_rights_add_up() -> None:
    house = rules(policy("all", "system", "read"), policy("ada", "system", "read, write", user="ada"))
    assert [house.permits(action, ADA).value for action in (READ, WRITE)] == [True, True]
    assert [house.permits(action, MAX).value for action in (READ, WRITE)] == [True, False]


@pytest.mark.parametrize(
    ("user", "ada", "max_"),
    [
        ("ada", True, False),
        ("ada@linotp_admins", True, False),
        ("ada@LinOTP_Admins", True, False),
        ("ada@corp", False, False),
        ("LinOTP_local_admins:", True, False),
        ("helpers:", False, True),
        ("*", True, True),
        ("*@linotp_admins", True, True),
        ("*, !max", True, False),
        ("m*", False, True),
    ],
)
def test_an_administrator_is_named_by_login_realm_or_resolver(user: str, ada: bool, max_: bool) -> None:
    house = rules(policy("p", "admin", "enable", user=user))
    assert [house.permits(ENABLE, who, "sales").value for who in (ADA, MAX)] == [ada, max_]


def test_a_star_is_every_right_but_for_those_withheld_beside_it() -> None:
    house = rules(policy("p", "admin", "*, !remove", realm="sales"))
    assert house.permits(ENABLE, ADA, "sales").value
    assert not house.permits(REMOVE, ADA, "sales").value
    assert rules(policy("p", "selfservice", "*")).ask(ASSIGN, ALICE) == Answer(value=False)


def test_an_administrator_of_one_realm_may_do_nothing_in_another_nor_in_none() -> None:
    house = rules(policy("p", "admin", "enable", realm="sales"))
    assert house.permits(ENABLE, ADA, "SALES").value
    assert house.permits(ENABLE, ADA, ["corp", "sales"]).value
    assert not house.permits(ENABLE, ADA, ["corp", "sales"], each=True).value
    assert not house.permits(ENABLE, ADA, "corp").value
    assert not house.permits(ENABLE, ADA, []).value
    assert house.permits(ENABLE, ADA).value
    assert not house.permits(REMOVE, ADA).value


def test_only_a_right_in_all_realms_reaches_what_is_in_none() -> None:
    assert rules(policy("p", "admin", "enable")).permits(ENABLE, ADA, []).value
    assert not rules(policy("p", "admin", "enable", realm="*, !secret")).permits(ENABLE, ADA, []).value


def test_a_right_with_a_client_or_a_time_holds_only_there_and_then() -> None:
    house = rules(policy("p", "admin", "enable", client="10.0.0.0/8", time="* 12 * * * *"))
    abroad = Administrator(now=NOON, login="ada", realm="linotp_admins", client="11.0.0.1")
    late = Administrator(now=NOON + 3_600_000, login="ada", realm="linotp_admins", client="10.0.0.1")
    assert [house.permits(ENABLE, who, "sales").value for who in (ADA, abroad, late)] == [True, False, False]


EXISTING = ("sales", "corp", "secret")


def test_lists_are_narrowed_to_the_realms_of_a_right() -> None:
    assert rules().realms_of(ENABLE, ADA, EXISTING) is None
    assert rules(policy("p", "admin", "enable")).realms_of(ENABLE, ADA, EXISTING) is None
    two = rules(
        policy("p", "admin", "enable", realm="sales"),
        policy("q", "admin", "enable, remove", realm="corp", user="ada"),
    )
    assert two.realms_of(ENABLE, ADA, EXISTING) == frozenset({"sales", "corp"})
    assert two.realms_of(ENABLE, MAX, EXISTING) == frozenset({"sales"})
    assert two.realms_of(REMOVE, MAX, EXISTING) == frozenset()
    all_but_one = rules(policy("p", "admin", "enable", realm="*, !secret"))
    assert all_but_one.realms_of(ENABLE, ADA, EXISTING) == frozenset({"sales", "corp"})


def test_whoever_has_any_right_in_a_realm_may_see_its_tokens() -> None:
    house = rules(
        policy("p", "admin", "enable", realm="sales", user="ada"), policy("q", "admin", "!remove", user="max")
    )
    assert house.realms_of(SHOW, ADA, EXISTING) == frozenset({"sales"})
    assert house.permits(SHOW, ADA, "sales") == Answer(value=True, policy="p")
    assert not house.permits(SHOW, ADA, "corp").value
    assert not house.permits(SHOW, MAX, "sales").value
    assert not house.permits(REMOVE, ADA, "sales").value


def test_an_explicit_show_restricts_what_is_seen() -> None:
    house = rules(
        policy("p", "admin", "enable"),
        policy("q", "admin", "show", realm="sales", user="ada"),
        policy("r", "admin", "!show", user="max"),
    )
    assert house.realms_of(SHOW, ADA, EXISTING) == frozenset({"sales"})
    assert house.realms_of(SHOW, MAX, EXISTING) == frozenset()


@given(
    st.lists(
        st.builds(
            policy,
            st.sampled_from("abcd"),
            st.just("admin"),
            st.sampled_from(["*", "enable", "show", "!enable, remove", "*, !enable"]),
            realm=st.sampled_from(["*", "sales", "corp, sales", "*, !corp", "!sales", ""]),
            user=st.sampled_from(["*", "ada", "*, !ada", "max"]),
            active=st.booleans(),
        ),
        max_size=4,
        unique_by=lambda made: made.name,
    ),
    st.sampled_from([SHOW, ENABLE, REMOVE]),
)
def test_what_a_list_shows_is_exactly_what_is_permitted(policies: list[Policy], action: Action[bool]) -> None:
    house = rules(*policies)
    realms = house.realms_of(action, ADA, EXISTING)
    for realm in EXISTING:
        assert house.permits(action, ADA, realm).value == (realms is None or realm in realms)
    assert house.permits(action, ADA, ()).value == (realms is None)


# reading


def test_a_policy_that_cannot_be_used_is_refused_at_once_and_named() -> None:
    for broken in ({"user": "a("}, {"realm": "a b"}, {"client": "300.1.1.1"}, {"time": "* *"}):
        with pytest.raises(Misconfigured, match="policy 'p' cannot be used"):
            rules(pin("p", 2, **broken))


def test_actions_without_a_usable_value_say_nothing_but_govern_and_are_reported() -> None:
    house = rules(
        policy("p", "authorization", "authorize=perhaps, nonsense"), policy("q", "ocra", "whatever")
    )
    assert house.ask(AUTHORIZE, ALICE) == Answer(value=False)
    assert house.governs(AUTHORIZE)
    assert [text.partition(":")[0] for text in house.unread] == ["policy 'p'", "policy 'p'"]


def test_rules_that_were_taken_stay_as_they_are() -> None:
    policies = [pin("p", 2)]
    house = Rules(policies, CATALOGUE)
    policies.append(pin("a", 3))
    assert house.ask(OTPPIN, ALICE) == Answer(value=2, policy="p")


CONDITIONS = {
    "user": st.sampled_from(["*", "alice", "a*", "bob", "*, !alice", "*@sales"]),
    "realm": st.sampled_from(["*", "sales", "corp", "*, !sales"]),
    "client": st.sampled_from(["*", "10.0.0.0/8", "::1", "*, !10.0.0.1"]),
    "time": st.sampled_from(["*", "* 12 * * * *", "* 13 * * * *"]),
}


@given(
    st.lists(
        st.builds(pin, st.sampled_from("abcdef"), st.integers(0, 3), **CONDITIONS),
        max_size=5,
        unique_by=lambda made: made.name,
    )
)
def test_the_answer_is_the_first_of_all_and_its_rivals_are_those_that_differ(policies: list[Policy]) -> None:
    house = rules(*policies)
    answers, answer = house.all(OTPPIN, ALICE), house.ask(OTPPIN, ALICE)
    assert (answer.value, answer.policy) == ((answers[0].value, answers[0].policy) if answers else (0, None))
    assert answer.rivals == tuple(other.policy for other in answers[1:] if other.value != answer.value)
