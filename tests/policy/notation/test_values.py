from datetime import timedelta
from typing import Any

import pytest

from watchword.errors import BadParameter
from watchword.model.policy import Action, Kind, Scope
from watchword.policy.notation.values import read_value


def action(
    kind: Kind | tuple[Kind, ...], default: object = None, values: tuple[str | int, ...] | range = ()
) -> Action[Any]:
    return Action(name="x", scope=Scope.ENROLLMENT, kind=kind, default=default, help="", values=values)


PINS = (0, 1, 2, 3, "token_pin", "only_otp")


@pytest.mark.parametrize(
    ("declared", "said", "value"),
    [
        (action("bool"), True, True),
        (action("bool"), False, False),
        (action("bool"), "True", True),
        (action("bool"), "0", False),
        (action("int"), "5", 5),
        (action("int"), "-1", -1),
        (action("int", default=7), False, 7),
        (action("int", values=range(4)), "3", 3),
        (action("str"), "false", "false"),
        (action("str", default="<otp>"), False, "<otp>"),
        (action("set", values=PINS), "2", 2),
        (action("set", values=PINS), "only_otp", "only_otp"),
        (action("words"), "sms  email", ("sms", "email")),
        (action("words", values=("qr", "u2f")), "u2f qr", ("u2f", "qr")),
        (action("duration"), "1d 2h", timedelta(days=1, hours=2)),
        (action(("int", "duration")), "10", 10),
        (action(("int", "duration")), "2h", timedelta(hours=2)),
        (action("expression"), "^KI.*", "^KI.*"),
    ],
)
def test_a_value_is_what_its_action_declares(declared: Action[Any], said: str | bool, value: object) -> None:
    assert read_value(declared, said) == value


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (action("bool"), "maybe"),
        (action("int"), "five"),
        (action("int"), "1.5"),
        (action("int"), True),
        (action("int", values=range(4)), "4"),
        (action("str"), True),
        (action("set", values=PINS), "4"),
        (action("set", values=PINS), "1 2"),
        (action("words", values=("qr", "u2f")), "qr sms"),
        (action("words"), True),
        (action("duration"), "10"),
        (action("duration"), True),
        (action(("int", "duration")), "soon"),
        (action("expression"), "(a"),
    ],
)
def test_another_value_is_refused_with_the_action_named(declared: Action[Any], said: str | bool) -> None:
    with pytest.raises(BadParameter, match="action 'x' needs"):
        read_value(declared, said)
