"""Applications of the command line."""

from pathlib import Path

import pytest

from watchword.cli import clients
from watchword.cli.opening import opened
from watchword.configuration.clients import WantedClient
from watchword.errors import BadParameter, Refused
from watchword.model.oidc import CLIENT_SECRET
from watchword.settings import load
from watchword.storage.promises import AuditFilter, Page

WIKI = WantedClient(id="wiki", redirect_uris=("https://wiki.example.org/callback",))


async def test_a_client_that_was_added_has_the_secret_that_was_told(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        secret = await clients.add(house, WIKI)
        client = (await house.snapshots.latest()).configuration.client("wiki")
        assert client is not None
        assert house.ring.fingerprint_matches(CLIENT_SECRET, client.secret, "wiki", secret)
        assert await clients.listed(house) == ["wiki  client_secret_basic  https://wiki.example.org/callback"]
        with pytest.raises(Refused):
            await clients.add(house, WIKI)
        await clients.remove(house, "wiki")
        assert await clients.listed(house) == []
        with pytest.raises(Refused):
            await clients.remove(house, "wiki")
        async with house.store.view() as view:
            rows, _ = await view.audit.search(AuditFilter(like={"action": "oidc/client%"}), Page(sort="id"))
    assert [(row.action, row.action_detail) for row in rows] == [
        ("oidc/client add", "wiki"),
        ("oidc/client remove", "wiki"),
    ]
    assert secret not in repr(rows)


async def test_an_app_that_keeps_no_secret_is_told_none(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        uris = ("http://127.0.0.1/callback",)
        assert not await clients.add(house, WantedClient(id="app", authentication="none", redirect_uris=uris))
        with pytest.raises(BadParameter):
            await clients.add(house, WantedClient(id="x", redirect_uris=("http://evil.example/",)))
