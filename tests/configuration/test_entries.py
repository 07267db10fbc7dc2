import pytest

from tests.household import Household
from watchword.configuration.changes import Changes
from watchword.configuration.entries import Setting
from watchword.errors import BadParameter, Unsealable
from watchword.model.configuration import Entry


async def _entry(household: Household, name: str) -> Entry | None:
    async with household.house.store.view() as view:
        return (await view.configuration.load()).entries.get(name)


async def test_a_password_is_kept_sealed_for_its_name(household: Household, changes: Changes) -> None:
    async with household.house.store.unit() as unit:
        await changes.entries.put(unit, {"radius.secret": Setting(value="hush", kind="password")})
    entry = await _entry(household, "radius.secret")
    assert entry is not None
    assert entry.value == ""
    assert changes.entries.opened("radius.secret", entry) == "hush"
    with pytest.raises(Unsealable):
        changes.entries.opened("yubico.secret", entry)


def test_a_password_is_not_in_the_repr_of_a_setting() -> None:
    assert "hush" not in repr(Setting(value="hush", kind="password"))
    assert "hush" in repr(Setting(value="hush"))


@pytest.mark.parametrize("value", ["64800", "1d", "PT2H", "1d 2h"])
async def test_a_duration_is_seconds_or_words(household: Household, changes: Changes, value: str) -> None:
    async with household.house.store.unit() as unit:
        await changes.entries.put(unit, {"user_lookup_cache.expiration": Setting(value=value)})


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("user_lookup_cache.expiration", Setting(value="a while")),
        ("mine", Setting(value="1.5", kind="int")),
        ("", Setting(value="1")),
        ("  ", Setting(value="1")),
        ("n" * 256, Setting(value="1")),
        ("linotp.Policy.x.action", Setting(value="1")),
        ("enclinotp.x", Setting(value="1")),
    ],
)
async def test_what_is_no_setting_is_refused(
    household: Household, changes: Changes, name: str, setting: Setting
) -> None:
    with pytest.raises(BadParameter):
        async with household.house.store.unit() as unit:
            await changes.entries.put(unit, {"fine": Setting(value="1"), name: setting})
    assert await _entry(household, "fine") is None


async def test_forgetting_moves_the_revision(household: Household, changes: Changes) -> None:
    before = await household.house.store.revision()
    async with household.house.store.unit() as unit:
        await changes.entries.remove(unit, ["PrependPin"])
    assert await household.house.store.revision() > before
