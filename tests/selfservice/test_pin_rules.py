"""PINs that people choose, at their limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter
from watchword.model.configuration import Configuration, Realm, ResolverConfig
from watchword.model.person import Person, Subject
from watchword.model.policy import Policy
from watchword.policy.catalogue import Catalogue
from watchword.policy.rules import Rules
from watchword.policy.snapshot import Snapshot
from watchword.selfservice import pin_rules
from watchword.selfservice.oneself import Oneself
from watchword.selfservice.pin_rules import check_pin

ALICE = Person(subject=Subject("people", "1"), login="alice", realm="one")


def alice(*policies: tuple[str, str]) -> Oneself:
    """Alice of the realms one and two, under policies of these actions and realms."""
    held = [
        Policy(name=f"p{number}", scope="selfservice", action=action, realm=realm)
        for number, (action, realm) in enumerate(policies)
    ]
    configuration = Configuration(
        resolvers={"people": ResolverConfig(name="people", kind="managed")},
        realms={name: Realm(name=name, resolvers=("people",)) for name in ("one", "two")},
        policies=tuple(held),
    )
    rules = Rules(held, Catalogue.collect(pin_rules.ACTIONS))
    return Oneself(
        person=ALICE, occasion=Occasion(snapshot=Snapshot(configuration=configuration, rules=rules), now=0)
    )


def taken(oneself: Oneself, pin: str) -> bool:
    try:
        check_pin(oneself, pin)
    except BadParameter:
        return False
    return True


def test_of_several_realms_the_strictest_limits_count() -> None:
    oneself = alice(
        ("otp_pin_minlength=2, otp_pin_maxlength=6", "one"),
        ("otp_pin_minlength=4, otp_pin_maxlength=8", "two"),
    )
    assert [length for length in range(10) if taken(oneself, "x" * length)] == [4, 5, 6]


@given(pin=st.text())
def test_without_rules_every_pin_is_taken(pin: str) -> None:
    assert taken(alice(), pin)


@given(pin=st.text(), letters=st.lists(st.sampled_from("cnso"), unique=True, min_size=1).map("".join))
def test_what_is_taken_only_with_each_class_is_taken_with_any_and_without_other_limits(
    pin: str, letters: str
) -> None:
    only = taken(alice((f"otp_pin_contents=-{letters}", "*")), pin)
    some = taken(alice((f"otp_pin_contents=+{letters}", "*")), pin)
    each = taken(alice((f"otp_pin_contents={letters}", "*")), pin)
    assert not only or (some and each)
    assert not (each and some) or only


@pytest.mark.parametrize("sign", ["ä", "日", "\U0001f511", " ", "\0"])
def test_what_is_no_ascii_sign_is_of_the_others(sign: str) -> None:
    assert taken(alice(("otp_pin_contents=-o", "*")), sign)
    assert not taken(alice(("otp_pin_contents=+cns", "*")), sign)
