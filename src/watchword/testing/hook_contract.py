"""What every store promises about hooks, their events, routes and receipts, as tests for whoever keeps one.

To be inherited like `watchword.testing.store_contract.StoreContract`, with the same fixtures.
"""

import asyncio

import pytest
from msgspec.structs import replace

from watchword.crypto.sealing import Sealed
from watchword.model.errand import Errand, Stage
from watchword.model.hook import HookConfig, HookEvent, Proof, Shape
from watchword.model.message import Channel
from watchword.model.route import Route
from watchword.model.spending import Charge
from watchword.storage.promises import Store

NOW = 1_767_261_600_000
ODD = "Zoë 日本 \U0001f511 'quoted' \"twice\" \\back\\ %_*\t\n~"
EVENT = HookEvent(key=b"\x00key", errand="e1", made=NOW, expires=NOW + 1000)
ERRAND = Errand(
    reference="r",
    channel="sms",
    sealed=Sealed(b"sealed"),
    providers=("p",),
    made=NOW,
    expires=NOW + 1000,
    stage=Stage.ACCEPTED,
    provider="p",
    their_reference="SM1",
)


class HookContract:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def other(self) -> Store:
        raise NotImplementedError

    async def test_an_event_is_claimed_once(self, store: Store, other: Store) -> None:
        async with store.unit() as unit:
            assert await unit.hooks.claim(EVENT)
        async with other.unit() as unit:
            assert not await unit.hooks.claim(replace(EVENT, errand="e2", made=NOW + 1))
            assert await unit.hooks.claim(replace(EVENT, key=b"other"))
        async with other.view() as view:
            assert await view.hooks.find(EVENT.key) == EVENT
            assert await view.hooks.find(b"none") is None

    async def test_of_many_who_claim_an_event_at_once_one_gets_it(self, store: Store, other: Store) -> None:
        async def claim(one: Store, number: int) -> bool:
            async with one.unit() as unit:
                return await unit.hooks.claim(replace(EVENT, errand=str(number)))

        claims = await asyncio.gather(*(claim((store, other)[n % 2], n) for n in range(10)))
        assert sum(claims) == 1

    async def test_a_claim_that_is_given_up_leaves_nothing(self, store: Store) -> None:
        async def give_up() -> None:
            async with store.unit() as unit:
                assert await unit.hooks.claim(EVENT)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await give_up()
        async with store.unit() as unit:
            assert await unit.hooks.claim(EVENT)

    async def test_an_event_whose_time_is_over_may_be_claimed_anew_without_its_answer(
        self, store: Store
    ) -> None:
        async with store.unit() as unit:
            await unit.hooks.claim(EVENT)
            await unit.hooks.answer(EVENT.key, b"told")
        async with store.view() as view:
            assert await view.hooks.find(EVENT.key) == replace(EVENT, answer=b"told")
        again = replace(EVENT, errand="e2", made=EVENT.expires, expires=EVENT.expires + 9)
        async with store.unit() as unit:
            assert await unit.hooks.claim(again)
            assert await unit.hooks.find(EVENT.key) == again

    async def test_events_are_forgotten_when_their_time_is_over(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.hooks.claim(EVENT)
            await unit.hooks.claim(replace(EVENT, key=b"later", expires=NOW + 2000))
            assert await unit.hooks.sweep(NOW + 999) == 0
            assert await unit.hooks.sweep(NOW + 1000) == 1
            assert await unit.hooks.find(b"later") is not None

    async def test_a_hook_comes_back_as_it_was_kept_and_moves_the_revision(self, store: Store) -> None:
        hook = HookConfig(
            name="okta",
            shape=Shape.OKTA,
            proof=Proof.BASIC,
            realm=ODD,
            settings={"user": ODD},
            secrets={"secret": Sealed(bytes(range(256)))},
            active=False,
        )
        before = await store.revision()
        async with store.unit() as unit:
            await unit.configuration.put_hook(replace(hook, realm="first"))
            await unit.configuration.put_hook(hook)
            await unit.configuration.put_hook(
                HookConfig(name="bare", shape=Shape.SUPABASE, proof=Proof.SIGNATURE)
            )
        async with store.view() as view:
            hooks = (await view.configuration.load()).hooks
        assert hooks["okta"] == hook
        assert list(hooks) == ["bare", "okta"]
        assert await store.revision() == before + 1
        async with store.unit() as unit:
            await unit.configuration.remove_hook("okta")
        async with store.view() as view:
            assert list((await view.configuration.load()).hooks) == ["bare"]

    async def test_routes_come_back_in_their_order(self, store: Store) -> None:
        whole = Route(
            name="z",
            channel=Channel.VOICE,
            countries=("DE", "001"),
            types=("mobile",),
            languages=("de",),
            purposes=(ODD,),
            realms=(ODD,),
            prefixes=("+49",),
            hours="22-6",
            share=7,
            providers=("one", ODD),
            cost=70_000,
            active=False,
        )
        for routes in ((whole, Route(name="a")), (Route(name="a"), whole), (Route(name="b"),), ()):
            async with store.unit() as unit:
                await unit.configuration.put_routes(routes)
            async with store.view() as view:
                assert (await view.configuration.load()).routes == routes

    async def test_an_errand_is_found_by_the_name_that_others_gave_it(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.errands.add([ERRAND, replace(ERRAND, reference="none", their_reference="")])
        async with store.view() as view:
            assert await view.errands.of_theirs("SM1") == (ERRAND,)
            assert await view.errands.of_theirs("") == ()

    async def test_a_receipt_moves_an_errand_from_the_stage_that_it_was_in(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.errands.add([ERRAND])
            assert not await unit.errands.deliver("r", Stage.UNCERTAIN, Stage.FAILED, "")
            assert not await unit.errands.deliver("s", Stage.ACCEPTED, Stage.FAILED, "")
            assert await unit.errands.deliver("r", Stage.ACCEPTED, Stage.DELIVERED, ODD)
            assert not await unit.errands.deliver("r", Stage.ACCEPTED, Stage.FAILED, "")
        async with store.view() as view:
            assert await view.errands.find("r") == replace(ERRAND, stage=Stage.DELIVERED, reason=ODD)

    async def test_what_is_spent_adds_up_and_says_what_it_exceeds(self, store: Store, other: Store) -> None:
        number = Charge(reason="number", key=ODD, until=NOW + 1, most=2)
        money = Charge(reason="money", key="m", until=NOW + 1, cost=40, most_cost=100)
        free = Charge(reason="free", key="f", until=NOW + 1)
        told = []
        for one in (store, other, store):
            async with one.unit() as unit:
                told.append(await unit.spendings.spend([number, money, free]))
        assert told[:2] == [(), ()]
        assert set(told[2]) == {number, money}
        async with store.unit() as unit:
            assert await unit.spendings.spend([replace(number, until=NOW + 2)]) == ()

    async def test_what_is_given_up_was_not_spent(self, store: Store) -> None:
        charge = Charge(reason="number", key="n", until=NOW + 1, most=1)

        async def give_up() -> None:
            async with store.unit() as unit:
                await unit.spendings.spend([charge])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await give_up()
        async with store.unit() as unit:
            assert await unit.spendings.spend([charge]) == ()

    async def test_of_many_who_spend_at_once_no_more_get_through_than_may(
        self, store: Store, other: Store
    ) -> None:
        charges = [Charge(reason=key, key=key, until=NOW + 1, most=3) for key in "cab"]

        async def spend(one: Store, number: int) -> bool:
            async with one.unit() as unit:
                return not await unit.spendings.spend(charges[number % 3 :] + charges[: number % 3])

        allowed = await asyncio.gather(*(spend((store, other)[n % 2], n) for n in range(9)))
        assert sum(allowed) == 3

    async def test_counts_are_forgotten_when_they_have_ended(self, store: Store) -> None:
        charge = Charge(reason="number", key="n", until=NOW + 1, most=1)
        async with store.unit() as unit:
            await unit.spendings.spend([charge])
            assert await unit.spendings.sweep(NOW) == 0
            assert await unit.spendings.sweep(NOW + 1) == 1
