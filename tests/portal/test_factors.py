"""What a session has shown, and what people may choose from."""

import pytest
from msgspec.structs import replace

from watchword.crypto.sealing import Sealed
from watchword.model.person import Subject
from watchword.model.session import PASSWORD, PersonSession, Proof, State
from watchword.model.token import Token
from watchword.web.journey.factors import masked
from watchword.web.journey.steps import has_more_to_prove

BY_PASSWORD = PersonSession(
    id=b"1",
    subject=Subject("people", "alice"),
    login="alice",
    realm="demo",
    path="userservice",
    state=State.AUTHENTICATED,
    proofs=(Proof(how=PASSWORD, at=0),),
    opened=0,
    expires=1,
    client="",
)
BY_ROLLOUT = replace(
    BY_PASSWORD, proofs=(*BY_PASSWORD.proofs, Proof(how="pw", at=1, serial="R", rollout=True))
)
BY_TOKEN = replace(BY_ROLLOUT, proofs=(*BY_ROLLOUT.proofs, Proof(how="totp", at=2, serial="T")))
ROLLOUT = Token(serial="R", kind="pw", secret=Sealed(b""), info={"scope": {"path": ["userservice"]}})
REAL = Token(serial="T", kind="totp", secret=Sealed(b""), active=False, failures=10)


@pytest.mark.parametrize(
    ("goal", "shown"),
    [
        ("+49 170 1234567", "••• 67"),
        ("1234", "•••"),
        ("12345", "••• 45"),
        ("alice@example.com", "a•••@example.com"),
        ("@example.com", "•••@example.com"),
        ("", "•••"),
    ],
)
def test_numbers_and_addresses_are_masked(goal: str, shown: str) -> None:
    assert masked(goal) == shown


def test_who_came_in_by_less_than_they_have_has_more_to_prove() -> None:
    assert has_more_to_prove(BY_PASSWORD, [ROLLOUT, REAL])
    assert has_more_to_prove(BY_ROLLOUT, [ROLLOUT, REAL])
    assert not has_more_to_prove(BY_TOKEN, [ROLLOUT, REAL])


def test_who_has_nothing_better_may_enrol() -> None:
    assert not has_more_to_prove(BY_PASSWORD, [])
    assert not has_more_to_prove(BY_ROLLOUT, [ROLLOUT])
    assert BY_ROLLOUT.by_rollout
    assert not BY_TOKEN.by_rollout
