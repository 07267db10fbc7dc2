"""What the provider says of itself: discovery (OpenID Connect Discovery 1.0, RFC 8414) and its public keys."""

import json
from typing import Any

from watchword.api.oidc.authenticating import SIGNED_WITH
from watchword.api.oidc.claims import SCOPES
from watchword.api.oidc.entering import SigningIn
from watchword.api.oidc.keys import ALGORITHMS, Keys
from watchword.api.oidc.refusals import json_answer
from watchword.api.oidc.request import PROMPTS
from watchword.api.oidc.tokens import GRANT_TYPES
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.translating import translations

WAYS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


async def keys(call: Call) -> Raw:
    """The public keys, the next ones too (RFC 7517)."""
    published = await Keys(call.house).published()
    return json_answer({"keys": [json.loads(one.public) for one in published]})


def metadata(issuer: str, acr_values: tuple[str, ...]) -> dict[str, Any]:
    """Everything that a client finds out by itself."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oidc/authorize",
        "token_endpoint": f"{issuer}/oidc/token",
        "userinfo_endpoint": f"{issuer}/oidc/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "introspection_endpoint": f"{issuer}/oidc/introspect",
        "revocation_endpoint": f"{issuer}/oidc/revoke",
        "end_session_endpoint": f"{issuer}/oidc/logout",
        "pushed_authorization_request_endpoint": f"{issuer}/oidc/par",
        "device_authorization_endpoint": f"{issuer}/oidc/device_authorization",
        "scopes_supported": list(SCOPES),
        "claims_supported": [
            *dict.fromkeys(claim for claims in SCOPES.values() for claim in claims if claim != "address"),
            *("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
        ],
        "acr_values_supported": list(acr_values),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(WAYS),
        "token_endpoint_auth_signing_alg_values_supported": list(SIGNED_WITH),
        "introspection_endpoint_auth_methods_supported": list(WAYS[:3]),
        "revocation_endpoint_auth_methods_supported": list(WAYS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": sorted(translations()),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
    }


class About:
    """Discovery of one provider."""

    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    async def configuration(self, call: Call) -> Raw:
        """``/.well-known/openid-configuration``."""
        values = self._signing_in.acr_values(call)
        return json_answer(metadata(call.house.web.oidc.issuer, values))
