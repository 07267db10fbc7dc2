"""What applications learn of people (OpenID Connect Core section 5)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from watchword.model.oidc import Grant
from watchword.model.person import Person

SCOPES: Mapping[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": ("name", "given_name", "family_name", "preferred_username"),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "offline_access": (),
}
"""Which claims each scope asks for; ``address`` is known, and directories say nothing of it."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def told(grant: Grant, person: Person, *, scopes: Iterable[str], verified_mail: bool) -> dict[str, Any]:
    """The answer of userinfo: what the scopes and the parameter ``claims`` ask for, and the directory knows."""
    wanted = {claim for scope in scopes for claim in SCOPES.get(scope, ())}
    wanted |= asked_of(grant.claims, "userinfo").keys()
    return {"sub": grant.sub, **_chosen(person, wanted, verified_mail=verified_mail)}


def in_id_token(grant: Grant, person: Person, *, verified_mail: bool) -> dict[str, Any]:
    """What ``claims.id_token`` asks for beyond what stands there anyway."""
    return _chosen(person, asked_of(grant.claims, "id_token").keys(), verified_mail=verified_mail)


def asked_of(claims: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """One member of the parameter ``claims``: a name, and null or an object each."""
    asked = claims.get(member)
    return asked if isinstance(asked, dict) else {}


def is_essential(asked: Mapping[str, Any], name: str) -> bool:
    """Whether the claim is asked for as essential."""
    how = asked.get(name)
    return isinstance(how, dict) and how.get("essential") is True


def values_of(asked: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The values that the claim shall have one of."""
    how = asked.get(name)
    if not isinstance(how, dict):
        return ()
    several = how.get("values")
    found = [how.get("value"), *(several if isinstance(several, list) else ())]
    return tuple(one for one in found if isinstance(one, str))


def _chosen(person: Person, wanted: Iterable[str], *, verified_mail: bool) -> dict[str, Any]:
    known = _known(person, verified_mail=verified_mail)
    return {name: known[name] for name in sorted(wanted) if name in known}


def _known(person: Person, *, verified_mail: bool) -> dict[str, Any]:
    said = {name: text.strip() for name, text in person.attributes.items() if text.strip()}
    given, family = said.get("givenname", ""), said.get("surname", "")
    claims: dict[str, Any] = {
        "name": " ".join(part for part in (given, family) if part),
        "given_name": given,
        "family_name": family,
        "preferred_username": person.login,
        "email": said.get("email", ""),
    }
    claims = {name: value for name, value in claims.items() if value}
    if "email" in claims:
        claims["email_verified"] = verified_mail
    numbers = (re.sub(r"[\s()/.-]", "", said.get(name, "")) for name in ("mobile", "phone"))
    number = next((one for one in numbers if _E164.fullmatch(one)), "")
    return {**claims, "phone_number": number, "phone_number_verified": False} if number else claims
