"""Recovery codes as people enrol, try and replace them for themselves."""

from tests.api.linotp.userservice.conftest import Enters
from tests.household import Household
from watchword.model.session import Proof, State

RIGHTS = "enrollRECOVERY, verify, setOTPPIN"


async def test_people_enrol_a_sheet_try_a_code_and_see_how_many_are_left(
    enters: Enters, household: Household
) -> None:
    portal = await enters(actions=RIGHTS)
    made = await portal.whole("/userservice/enroll", type="recovery", serial="PAPER1", pin="sesame")
    codes = made["detail"]["recovery_codes"]["value"].split("\n")
    assert len(codes) == 10
    assert await portal.value("/userservice/verify", serial="PAPER1", otp=codes[0])
    assert not await portal.value("/userservice/verify", serial="PAPER1", otp=codes[0].lower())
    assert await portal.value("/userservice/verify", serial="PAPER1", otp=f"sesame{codes[1]}")
    [row] = await portal.value("/userservice/usertokenlist")
    assert row["LinOtp.TokenInfo"]["recovery_codes_left"] == 8
    assert (await household.check(f"sesame{codes[2].replace('-', ' ')}")).accepted


async def test_a_new_sheet_takes_the_place_of_the_old_one(enters: Enters, household: Household) -> None:
    portal = await enters(actions=RIGHTS)
    first = await portal.whole("/userservice/enroll", type="recovery")
    second = await portal.whole("/userservice/enroll", type="recovery")
    old, new = (made["detail"]["recovery_codes"]["value"].split("\n")[0] for made in (first, second))
    assert len(await portal.value("/userservice/usertokenlist")) == 1
    assert not (await household.check(old)).accepted
    assert (await household.check(new)).accepted


async def test_whoever_came_in_by_a_rollout_token_replaces_no_older_sheet(
    enters: Enters, household: Household
) -> None:
    portal = await enters(actions=RIGHTS)
    made = await portal.whole("/userservice/enroll", type="recovery")
    household.clock.advance(seconds=60)
    proof = Proof(how="pw", at=household.clock.now(), serial="R1", rollout=True)
    caught = await enters(state=State.AUTHENTICATED, proofs=(proof,), actions="")
    assert await caught.code("/userservice/enroll", type="recovery") == 410
    assert (await household.check(made["detail"]["recovery_codes"]["value"].split("\n")[0])).accepted
