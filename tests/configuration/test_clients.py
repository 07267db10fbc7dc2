"""Clients of the OpenID provider, in the document and beside it."""

import pytest

from tests.household import Household
from watchword.configuration.clients import WantedClient
from watchword.errors import BadParameter
from watchword.model.oidc import CLIENT_SECRET

DOCUMENT = """
[oidc.clients.wiki]
secret = "env:WIKI"
name = "The wiki"
redirect_uris = ["https://wiki.example.org/callback"]
default_acr_values = ["otp"]

[oidc.clients.app]
authentication = "none"
redirect_uris = ["http://127.0.0.1/callback", "org.example.app:/callback"]
"""


async def apply(household: Household, text: str, secret: str = "s" * 32) -> tuple[str, ...]:
    """Make the document true; what it changed."""
    document = household.house.configuring.document
    async with household.house.store.unit() as unit:
        current = await unit.configuration.load()
        plan = await document.plan(text, current, lambda _reference: secret)
        await document.apply(unit, plan)
    return plan.lines


async def test_a_document_registers_changes_and_removes_clients(household: Household) -> None:
    assert await apply(household, DOCUMENT) == ("+ client app (none)", "+ client wiki (client_secret_basic)")
    configuration = (await household.house.snapshots.latest()).configuration
    wiki = configuration.client("wiki")
    assert wiki is not None
    assert household.house.ring.fingerprint_matches(CLIENT_SECRET, wiki.secret, "wiki", "s" * 32)
    assert await apply(household, DOCUMENT) == ()
    assert await apply(household, DOCUMENT, "t" * 32) == ("~ client wiki: secret set anew",)
    assert await apply(household, "[oidc]\n") == (), "what is not named is left alone"
    assert await apply(household, "[oidc.clients]\n") == (
        "- client app (none)",
        "- client wiki (client_secret_basic)",
    )


async def test_what_is_exported_changes_nothing_where_it_came_from(household: Household) -> None:
    await apply(household, DOCUMENT)
    configuration = (await household.house.snapshots.latest()).configuration
    text = household.house.configuring.document.export(configuration)
    assert 'secret = "stored"' in text
    assert await apply(household, text) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "two words"},
        {"secret": "short"},
        {"secret": None},
        {"authentication": "client_secret_jwt"},
        {"authentication": "none"},
        {"authentication": "private_key_jwt", "secret": None},
        {"authentication": "private_key_jwt", "secret": None, "jwks": '{"keys": [{"kty": "EC", "d": "x"}]}'},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"default_max_age": -1},
        *(
            {"redirect_uris": (uri,)}
            for uri in (
                "http://wiki.example.org/callback",
                "https://wiki.example.org/callback#x",
                "https://*.example.org/callback",
                "https://user@wiki.example.org/callback",
                "javascript:alert(1)",
                "org.example.app:/callback",
                "/callback",
                "https://wiki.example.org/ callback",
                "https://[::1/callback",
            )
        ),
    ],
)
async def test_what_would_harm_is_refused(household: Household, fields: dict[str, object]) -> None:
    said = {"id": "wiki", "secret": "s" * 32, **fields}
    with pytest.raises(BadParameter):
        household.house.configuring.clients.made(WantedClient(**said), None)  # type: ignore[arg-type]


async def test_a_secret_is_in_no_repr(household: Household) -> None:
    wanted = WantedClient(id="wiki", secret="s" * 32)
    made = household.house.configuring.clients.made(wanted, None)
    assert "s" * 32 not in repr(wanted) + repr(made)
    assert made.secret.hex() not in repr(made)
