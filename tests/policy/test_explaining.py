from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from watchword.model.policy import Action, Policy, Scope
from watchword.policy.catalogue import Catalogue
from watchword.policy.circumstances import Administrator, Circumstances
from watchword.policy.explaining import Explanation, explain
from watchword.policy.rules import Rules

OTPPIN = Action(name="otppin", scope=Scope.AUTHENTICATION, kind="set", values=range(4), default=0, help="")
SHOW = Action(name="show", scope=Scope.ADMIN, kind="bool", default=False, help="")
ENABLE = Action(name="enable", scope=Scope.ADMIN, kind="bool", default=False, help="")
CATALOGUE = Catalogue.collect([OTPPIN, SHOW, ENABLE])
NOON = int(datetime(2026, 1, 7, 12, tzinfo=UTC).timestamp() * 1000)
ALICE = Circumstances(now=NOON, login="alice", realm="sales", client="10.0.0.1")
ADA = Administrator(now=NOON, login="ada", realm="linotp_admins", client="10.0.0.1")


def pin(
    name: str,
    value: str,
    *,
    active: bool = True,
    user: str = "*",
    realm: str = "*",
    client: str = "*",
    time: str = "*",
) -> Policy:
    return Policy(
        name=name,
        scope="authentication",
        action=f"otppin={value}",
        active=active,
        user=user,
        realm=realm,
        client=client,
        time=time,
    )


def standings(explanation: Explanation) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.policy.name: (each.standing, each.failed) for each in explanation.policies}


def test_every_policy_that_says_the_action_has_its_standing() -> None:
    rules = Rules(
        [
            pin("asleep", "1", active=False),
            pin("broken", "1", active=False, user="a("),
            pin("elsewhere", "1", realm="corp", client="::1"),
            pin("general", "1"),
            pin("named", "2", user="alice"),
            pin("rival", "3", user="alice"),
            pin("somebody", "1", user="bob", time="* 3 * * * *"),
            pin("wrong", "9"),
            Policy(name="other", scope="authentication", action="smstext=x", realm="*"),
        ],
        CATALOGUE,
    )
    explanation = explain(rules, "authentication", "otppin", ALICE)
    assert standings(explanation) == {
        "asleep": ("out", ("active",)),
        "elsewhere": ("out", ("realm", "client")),
        "general": ("hidden", ()),
        "named": ("decides", ()),
        "rival": ("rival", ()),
        "somebody": ("out", ("user", "time")),
        "wrong": ("out", ("action",)),
    }
    assert explanation.allowed


def test_no_match_is_not_allowed() -> None:
    explanation = explain(Rules([pin("p", "1", user="bob")], CATALOGUE), "authentication", "otppin", ALICE)
    assert not explanation.allowed
    assert not explanation.open


def right(name: str, action: str, *, realm: str = "*", user: str = "*") -> Policy:
    return Policy(name=name, scope="admin", action=action, realm=realm, user=user)


def test_all_policies_that_give_a_right_decide_together() -> None:
    rules = Rules(
        [
            right("all", "*"),
            right("ada", "enable", user="ada", realm="sales"),
            right("corp", "enable", realm="corp"),
            right("not", "*, !enable"),
            right("show", "show"),
        ],
        CATALOGUE,
    )
    assert standings(explain(rules, "admin", "enable", ADA, "sales")) == {
        "all": ("decides", ()),
        "ada": ("decides", ()),
        "corp": ("out", ("realm",)),
        "not": ("off", ()),
    }


def test_an_implied_right_is_explained_by_the_policies_that_imply_it() -> None:
    rules = Rules([right("p", "enable", user="ada"), right("q", "enable", user="max")], CATALOGUE)
    assert standings(explain(rules, "admin", "show", ADA, "sales")) == {"p": ("decides", ())}


def test_an_open_scope_allows_and_says_why() -> None:
    explanation = explain(Rules([], CATALOGUE), "admin", "enable", ADA, "sales")
    assert explanation.open
    assert explanation.allowed
    assert explanation.policies == ()


@given(
    st.lists(
        st.builds(
            pin,
            st.sampled_from("abcdef"),
            st.sampled_from("01239"),
            active=st.booleans(),
            user=st.sampled_from(["*", "alice", "a*", "bob", "*, !alice"]),
            realm=st.sampled_from(["*", "sales", "corp"]),
            time=st.sampled_from(["*", "* 12 * * * *", "* 13 * * * *"]),
        ),
        max_size=5,
        unique_by=lambda made: made.name,
    )
)
def test_the_explanation_agrees_with_the_answer(policies: list[Policy]) -> None:
    rules = Rules(policies, CATALOGUE)
    explanation = explain(rules, "authentication", "otppin", ALICE)
    deciding = [each.policy.name for each in explanation.policies if each.standing == "decides"]
    answer = rules.ask(OTPPIN, ALICE)
    assert deciding == ([] if answer.policy is None else [answer.policy])
    assert explanation.allowed is (answer.policy is not None)
    for each in explanation.policies:
        assert bool(each.failed) is (each.standing == "out")
