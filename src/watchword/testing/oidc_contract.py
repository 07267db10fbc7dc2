"""What every store promises to the OpenID provider, as `store_contract` has it for everybody else."""

import asyncio
from typing import Any

from msgspec.structs import replace

from watchword.crypto.sealing import Sealed
from watchword.model.oidc import (
    AuthorizationRequest,
    Client,
    DeviceRequest,
    Grant,
    Logout,
    Pending,
    SigningKey,
    Ticket,
)
from watchword.model.person import Subject
from watchword.storage.promises import Store

NOW = 1_767_261_600_000
ALICE = Subject("people", "1001")
ODD = 'Zoë \U0001f511 "twice" \\back\\ \x00'


def grant(identifier: str, **fields: Any) -> Grant:
    return Grant(
        **{
            "id": identifier,
            "client_id": "app",
            "subject": ALICE,
            "realm": "demo",
            "sub": "s",
            "sid": "sid",
            "scopes": ("openid", "email"),
            "acr": "pwd",
            "amr": ("pwd",),
            "auth_time": NOW,
            "nonce": ODD,
            "claims": {"userinfo": {"name": None}},
            "created": NOW,
            "expires": NOW + 1000,
            **fields,
        }
    )


def ticket(identifier: bytes, grant_id: str, **fields: Any) -> Ticket:
    return Ticket(
        **{
            "id": identifier,
            "grant_id": grant_id,
            "kind": "code",
            "scopes": ("openid",),
            "expires": NOW + 60,
            **fields,
        }
    )


def key(identifier: str, state: Any) -> SigningKey:
    return SigningKey(
        id=identifier,
        algorithm="ES256",
        state=state,
        public="{}",
        private=Sealed(b"private"),
        created=NOW,
        since=NOW,
    )


class OidcContract:
    """Needs the fixtures ``store`` and ``other``."""

    async def test_a_grant_comes_back_as_it_was_kept(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.oidc.add_grant(grant("g"))
            await unit.oidc.add_ticket(ticket(b"t", "g"))
        async with store.view() as view:
            assert await view.oidc.grant("g") == grant("g")
            assert await view.oidc.ticket(b"t") == ticket(b"t", "g")
            assert await view.oidc.grant("x") is None
            assert await view.oidc.ticket(b"x") is None

    async def test_a_ticket_is_spent_once_and_in_time(self, store: Store, other: Store) -> None:
        async with store.unit() as unit:
            await unit.oidc.add_ticket(ticket(b"t", "g"))
            await unit.oidc.add_ticket(ticket(b"late", "g", expires=NOW))

        async def spend(at: Store) -> bool:
            async with at.unit() as unit:
                return await unit.oidc.spend(b"t", NOW)

        won = await asyncio.gather(*(spend(at) for at in [store, other] * 5))
        assert won.count(True) == 1
        async with store.unit() as unit:
            assert not await unit.oidc.spend(b"late", NOW)
            assert not await unit.oidc.spend(b"unknown", NOW)

    async def test_a_grant_is_revoked_once_and_not_prolonged_afterwards(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.oidc.add_grant(grant("g"))
            assert await unit.oidc.prolong("g", NOW + 5000)
            assert await unit.oidc.revoke("g", NOW)
            assert not await unit.oidc.revoke("g", NOW + 1)
            assert not await unit.oidc.prolong("g", NOW + 9000)
            assert await unit.oidc.grant("g") == grant("g", expires=NOW + 5000, revoked=NOW)

    async def test_a_session_takes_its_grants_along_but_for_those_that_outlive_it(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.oidc.add_grant(grant("bound"))
            await unit.oidc.add_grant(grant("offline", scopes=("openid", "offline_access")))
            await unit.oidc.add_grant(grant("other", sid="another"))
            told = await unit.oidc.revoke_of_session("sid", NOW)
            assert {one.id for one in told} == {"bound", "offline"}
            revoked = {name: (await unit.oidc.grant(name)) for name in ("bound", "offline", "other")}
        assert {name for name, one in revoked.items() if one is not None and one.revoked} == {"bound"}

    async def test_a_request_that_waits_is_taken_once(self, store: Store) -> None:
        request = AuthorizationRequest(
            client_id="app", redirect_uri="https://a", asked=NOW, scopes=("openid",), state=ODD
        )
        pending = Pending(id=b"p", pushed=False, client_id="app", request=request, expires=NOW + 1)
        async with store.unit() as unit:
            await unit.oidc.put_pending(pending)
            await unit.oidc.put_pending(replace(pending, consented=True))
            assert await unit.oidc.pending(b"p") == replace(pending, consented=True)
            assert await unit.oidc.take_pending(b"p")
            assert not await unit.oidc.take_pending(b"p")

    async def test_what_may_be_shown_once_is_seen_once(self, store: Store, other: Store) -> None:
        async def see(at: Store) -> bool:
            async with at.unit() as unit:
                return await unit.oidc.see(b"jti", NOW)

        assert (await asyncio.gather(*(see(at) for at in [store, other] * 4))).count(True) == 1

    async def test_a_device_moves_from_state_to_state(self, store: Store) -> None:
        device = DeviceRequest(id=b"d", user_code=b"u", client_id="app", scopes=("openid",), expires=NOW + 1)
        async with store.unit() as unit:
            assert await unit.oidc.add_device(device)
            assert not await unit.oidc.add_device(replace(device, id=b"e"))
            await unit.oidc.device_asks(b"d", NOW)
            assert await unit.oidc.move_device(b"d", "waiting", "granted", "g")
            assert not await unit.oidc.move_device(b"d", "waiting", "denied")
            moved = replace(device, asked=NOW, state="granted", grant_id="g")
            assert await unit.oidc.device(b"d") == await unit.oidc.device_of(b"u") == moved

    async def test_a_consent_is_what_was_said_last(self, store: Store) -> None:
        async with store.unit() as unit:
            assert await unit.oidc.consented(ALICE, "app") == frozenset()
            await unit.oidc.put_consent(ALICE, "app", frozenset({"openid"}), NOW)
            await unit.oidc.put_consent(ALICE, "app", frozenset({"openid", "email"}), NOW)
            assert await unit.oidc.consented(ALICE, "app") == {"openid", "email"}
            assert await unit.oidc.consented(ALICE, "other") == frozenset()

    async def test_a_log_out_is_told_by_one_at_a_time(self, store: Store, other: Store) -> None:
        logout = Logout(id="l", client_id="app", sub="s", sid="sid", due=NOW, expires=NOW + 1000)
        async with store.unit() as unit:
            await unit.oidc.add_logouts([logout])
            assert await unit.oidc.due_logouts(NOW - 1, 10) == ()
            assert await unit.oidc.due_logouts(NOW, 10) == (logout,)

        async def hold(at: Store) -> bool:
            async with at.unit() as unit:
                return await unit.oidc.hold_logout(logout, NOW + 30)

        assert (await asyncio.gather(*(hold(at) for at in [store, other] * 3))).count(True) == 1
        async with store.unit() as unit:
            assert await unit.oidc.due_logouts(NOW, 10) == ()
            assert await unit.oidc.due_logouts(NOW + 30, 10) == (replace(logout, due=NOW + 30, attempts=1),)
            await unit.oidc.end_logout("l")
            assert await unit.oidc.due_logouts(NOW + 30, 10) == ()

    async def test_there_is_one_current_key_whoever_makes_it(self, store: Store) -> None:
        async with store.unit() as unit:
            assert await unit.oidc.add_key(key("a", "current"))
            assert not await unit.oidc.add_key(key("b", "current"))
            assert await unit.oidc.add_key(key("b", "next"))
            assert await unit.oidc.move_key("a", "current", "old", NOW + 1)
            assert await unit.oidc.move_key("b", "next", "current", NOW + 1)
            assert not await unit.oidc.forget_key("b")
            assert [(one.id, one.state) for one in await unit.oidc.keys()] == [("a", "old"), ("b", "current")]
            assert await unit.oidc.forget_key("a")

    async def test_clients_are_configuration(self, store: Store) -> None:
        before = await store.revision()
        client = Client(
            id="app", name=ODD.replace("\x00", ""), secret=b"\x00\xff", redirect_uris=("https://a",)
        )
        async with store.unit() as unit:
            await unit.configuration.put_client(replace(client, consent=True))
            await unit.configuration.put_client(client)
        async with store.view() as view:
            assert (await view.configuration.load()).clients == (client,)
        assert await store.revision() > before
        async with store.unit() as unit:
            await unit.configuration.remove_client("app")
            assert (await unit.configuration.load()).clients == ()

    async def test_a_spent_code_is_remembered_as_long_as_its_tokens_may_be_good(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.oidc.add_grant(grant("g"))
            await unit.oidc.add_ticket(ticket(b"t", "g"))
            await unit.oidc.sweep(NOW + 500)
            assert await unit.oidc.ticket(b"t") is not None
            await unit.oidc.sweep(NOW + 1000)
            assert await unit.oidc.ticket(b"t") is None
            assert await unit.oidc.grant("g") is None
