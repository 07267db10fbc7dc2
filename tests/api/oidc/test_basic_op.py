"""The modules of the OpenID Foundation's Basic OP plan, one test each and named as there."""

from tests.api.oidc.conftest import CALLBACK, ISSUER, Application, answered, header_of


async def test_oidcc_server(app: Application) -> None:
    """The happy flow."""
    answer = await app.ask()
    assert answer.status_code == 200
    told = answered(await app.log_in())
    assert told["state"] == "a b&c=ü"
    assert told["iss"] == ISSUER
    tokens = (await app.redeem(told["code"])).json()
    claims = await app.claims(tokens)
    now = app.household.clock.now() // 1000
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "app"
    assert claims["nonce"] == "n-0S6"
    assert claims["iat"] == now < claims["exp"]
    userinfo = await app.userinfo(tokens["access_token"])
    assert userinfo.status_code == 200
    assert userinfo.json()["sub"] == claims["sub"]
