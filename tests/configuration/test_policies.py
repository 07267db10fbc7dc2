import pytest

from tests.household import Household
from watchword.configuration.changes import Changes
from watchword.configuration.entries import Setting
from watchword.errors import BadParameter, Refused, WatchwordError
from watchword.model.policy import ALWAYS, Policy
from watchword.policy.exchange import export_text


def _policy(name: str, action: str = "read, write", scope: str = "system", **more: object) -> Policy:
    return Policy(name=name, scope=scope, action=action, realm="*", **more)  # type: ignore[arg-type]


async def _put(household: Household, policy: Policy, *, enforce: bool = False) -> Policy:
    async with household.house.store.unit() as unit:
        return await household.house.configuring.policies.put(unit, policy, enforce=enforce)


async def _remove(household: Household, *names: str, enforce: bool = False) -> list[str]:
    async with household.house.store.unit() as unit:
        gone = await household.house.configuring.policies.remove(unit, names, enforce=enforce)
    return [policy.name for policy in gone]


async def _names(household: Household) -> list[str]:
    async with household.house.store.view() as view:
        return [policy.name for policy in (await view.configuration.load()).policies]


async def test_a_policy_is_saved_as_it_is_kept(household: Household) -> None:
    saved = await _put(
        household, Policy(name="p", scope="audit", action="view", realm="Demo", user="a", time="")
    )
    assert (saved.realm, saved.user, saved.time) == ("demo", "a", ALWAYS)
    assert await _names(household) == ["p"]


async def test_an_unknown_action_is_refused_unless_validation_is_off(
    household: Household, changes: Changes
) -> None:
    wrong = _policy("p", "fly", "audit")
    with pytest.raises(BadParameter):
        await _put(household, wrong)
    async with household.house.store.unit() as unit:
        await changes.entries.put(unit, {"policy_action_validation": Setting(value="False")})
    await _put(household, wrong)
    assert await _names(household) == ["p"]


async def test_a_change_that_locks_everybody_out_is_refused_unless_enforced(household: Household) -> None:
    with pytest.raises(Refused, match="lockout"):
        await _put(household, _policy("readers", "read", user="*"))
    await _put(household, _policy("owners", user="admin"))
    await _put(household, _policy("readers", "read", user="*"))
    with pytest.raises(Refused, match="lockout"):
        await _remove(household, "owners")
    with pytest.raises(Refused, match="lockout"):
        await _put(household, _policy("owners", user="admin", active=False))
    assert await _remove(household, "owners", enforce=True) == ["owners"]
    assert await _remove(household, "readers", "nothing") == ["readers"]
    await _put(household, _policy("readers", "read", user="*"), enforce=True)
    assert await _names(household) == ["readers"]


async def test_an_import_is_whole_or_nothing(household: Household, changes: Changes) -> None:
    good = _policy("first", user="admin")
    text = export_text([good, Policy(name="second", scope="audit", action="view", realm="", user="x")])
    async with household.house.store.unit() as unit:
        assert await changes.policies.read_in(unit, text) == 2
    assert await _names(household) == ["first", "second"]
    bad = export_text([_policy("third"), _policy("fourth", "fly", "audit")])
    for broken in (bad, "", "[x]\nnothing", "no section"):
        with pytest.raises(WatchwordError):
            async with household.house.store.unit() as unit:
                await changes.policies.read_in(unit, broken)
    assert await _names(household) == ["first", "second"]
