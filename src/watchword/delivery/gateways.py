"""What providers that speak to HTTP gateways have in common: settings, and how the courier is told of them."""

from collections.abc import Mapping
from typing import Any

from watchword.plugin.providers import Declared, Takes

PROXY = Declared(
    name="PROXY", help="URL of a proxy, or one for each of http and https", takes=Takes.PROXY, reaches=True
)
SERVER_CERTIFICATE = Declared(
    name="SERVER_CERTIFICATE",
    help="File or folder of certificates to trust alone; false trusts anybody",
    takes=Takes.AUTHORITY,
    reaches=True,
    default=True,
)
MSISDN = Declared(
    name="MSISDN", help="Reduce the number to digits and a leading +", takes=Takes.FLAG, default=False
)
SUPPRESS_PREFIX = Declared(
    name="SUPPRESS_PREFIX", help="Text to take off the front of the number", default=""
)
HEADERS = Declared(
    name="HEADERS", help="Further headers of the request", takes=Takes.TABLE, secret=True, default={}
)


def reached(config: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The courier's words for proxy and certificates."""
    scheme = url.partition(":")[0].lower()
    return {
        "proxy": (config.get("PROXY") or {}).get(scheme, ""),
        "server_certificate": config.get("SERVER_CERTIFICATE", True),
    }


def credentials(config: Mapping[str, Any], way: str) -> dict[str, Any]:
    """The courier's word for user and password: ``basic`` unless ``way`` says digest; empty without a user."""
    if not config["USERNAME"]:
        return {}
    return {"digest" if way == "digest" else "basic": (config["USERNAME"], config["PASSWORD"])}
