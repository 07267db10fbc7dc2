"""What policies let a caller know about a decision (LinOTP: detail_on_success, detail_on_fail)."""

from typing import Any

from watchword.directory.finding import user_info
from watchword.model.configuration import ADMIN_REALM
from watchword.model.person import Person
from watchword.model.token import Token


def details(
    person: Person | None, token: Token | None, label: str, realm: str, *, accepted: bool, why: str
) -> dict[str, Any]:
    """The keys that the dialect adds to an answer."""
    if not accepted:
        return {"error": why}
    told: dict[str, Any] = {
        "realm": realm or None,
        "user": _attributes(person),
        "is_linotp_admin": realm == ADMIN_REALM if realm else None,
    }
    if token is not None:
        told["tokentype"] = label
        told["serial"] = token.serial
    return told


def _attributes(person: Person | None) -> dict[str, Any] | None:
    if person is None:
        return None
    known = {**person.attributes, **user_info(person)}
    return {name: value or None for name, value in known.items()}
