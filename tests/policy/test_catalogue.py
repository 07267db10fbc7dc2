import pytest
from msgspec.structs import replace

from watchword.errors import BadParameter, Misconfigured
from watchword.model.policy import Action, Scope
from watchword.policy.catalogue import Catalogue
from watchword.policy.notation.actions import read_actions

OTPPIN = Action(name="otppin", scope=Scope.AUTHENTICATION, kind="set", values=range(4), default=0, help="PIN")
READ = Action(name="read", scope=Scope.SYSTEM, kind="bool", default=False, help="Read the configuration")
VALID: Action[object] = Action(
    name="lostTokenValid", scope=Scope.ENROLLMENT, kind=("int", "duration"), default=10, help="Days"
)
OFFLINE = Action(
    name="support_offline",
    scope=Scope.AUTHENTICATION,
    kind="words",
    values=("qr", "u2f"),
    default=(),
    help="Types",
)
SERIAL = Action(name="serial", scope=Scope.AUTHORIZATION, kind="expression", default="", help="Serials")
URL = Action(name="qrtanurl", scope=Scope.AUTHENTICATION, kind="str", default="", help="Address")

CATALOGUE = Catalogue.collect([OTPPIN, READ, VALID, OFFLINE, SERIAL, URL])


def test_every_scope_is_listed_even_if_nothing_is_declared_in_it() -> None:
    assert set(CATALOGUE.definition()) == {
        "admin",
        "gettoken",
        "selfservice",
        "system",
        "enrollment",
        "notification",
        "authentication",
        "authorization",
        "audit",
        "tools",
        "monitoring",
        "reporting",
        "reporting.access",
    }
    assert CATALOGUE.definition("tools") == {}


def test_a_definition_has_type_description_and_values() -> None:
    assert CATALOGUE.definition("authentication") == {
        "otppin": {"type": "set", "desc": "PIN", "value": [0, 1, 2, 3]},
        "qrtanurl": {"type": "str", "desc": "Address"},
        "support_offline": {"type": "set", "desc": "Types", "value": ["qr", "u2f"]},
    }
    assert CATALOGUE.definition()["enrollment"] == {
        "lostTokenValid": {"type": ["int", "duration"], "desc": "Days"}
    }
    assert CATALOGUE.definition("authorization")["serial"]["type"] == "str"


@pytest.mark.parametrize("scope", ["nowhere", "ocra"])
def test_a_scope_that_does_not_exist_has_no_definition(scope: str) -> None:
    with pytest.raises(BadParameter, match="does not exist"):
        CATALOGUE.definition(scope)


def test_one_action_may_be_declared_twice_only_alike() -> None:
    Catalogue.collect([OTPPIN, OTPPIN])
    with pytest.raises(Misconfigured, match="'otppin'"):
        Catalogue.collect([OTPPIN, replace(OTPPIN, default=1)])


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ("authentication", "otppin=1, support_offline=qr u2f"),
        ("authentication", "qrtanurl.branch=https://a.example"),
        ("authentication", "!otppin"),
        ("system", "*"),
        ("admin", "*, initETNG, initSPASS"),
        ("selfservice", "show_landing_page"),
        ("enrollment", "lostTokenValid=1d 2h"),
        ("ocra", "anything=at all"),
        ("ocra2", "anything"),
    ],
)
def test_declared_and_legacy_actions_pass(scope: str, text: str) -> None:
    CATALOGUE.check(scope, read_actions(text))


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        ("authentication", "otppin=4"),
        ("authentication", "otppin"),
        ("authentication", "read"),
        ("authentication", "qrtanurl"),
        ("system", "read=perhaps"),
        ("system", "erase"),
        ("enrollment", "lostTokenValid=soon"),
        ("authorization", "serial=("),
    ],
)
def test_unknown_actions_and_values_of_another_kind_are_refused(scope: str, text: str) -> None:
    with pytest.raises(BadParameter, match="action"):
        CATALOGUE.check(scope, read_actions(text))
