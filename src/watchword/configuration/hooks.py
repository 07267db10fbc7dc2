"""Who may have us bring codes, and how they show it."""

import re
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct

from watchword.crypto.keyring import KeyRing
from watchword.crypto.sealing import Sealed
from watchword.crypto.signatures import standard_secret
from watchword.errors import BadParameter
from watchword.model.hook import HookConfig, Proof, Shape, hook_context
from watchword.storage.promises import Unit

W = TypeVar("W", Shape, Proof)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z", re.ASCII)
_HEADER = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}\Z", re.ASCII)
_NEEDS: Mapping[Proof, tuple[str, ...]] = {
    Proof.BASIC: ("user",),
    Proof.HEADER: (),
    Proof.BEARER: ("issuer", "audience", "scope", "keys"),
    Proof.SIGNATURE: (),
}
_MAY: Mapping[Proof, tuple[str, ...]] = {**_NEEDS, Proof.HEADER: ("header",)}
SETTINGS = ("user", "header", "issuer", "audience", "scope", "keys")
SECRETS = ("secret", "previous")
_SHORTEST = 12
"""Characters of a secret: whoever knows it has us pay for messages."""


class WantedHook(Struct, frozen=True, kw_only=True):
    """A hook as an administrator says it."""

    name: str
    shape: str
    proof: str
    realm: str = ""
    settings: Mapping[str, str] = {}
    secrets: Mapping[str, str | None] = {}
    """In clear; None: as it is kept."""
    active: bool = True

    def __repr__(self) -> str:
        return f"WantedHook(name={self.name!r})"


class Hooks:
    """Makes, changes and removes hooks."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    async def put(self, unit: Unit, wanted: WantedHook) -> HookConfig:
        """Save a hook, over the one of the same name; `BadParameter` names what cannot work."""
        configuration = await unit.configuration.held()
        made = self.made(wanted, configuration.hooks.get(wanted.name))
        await unit.configuration.put_hook(made)
        return made

    async def remove(self, unit: Unit, name: str) -> bool:
        """Remove a hook; False if there is none of this name."""
        if name not in (await unit.configuration.held()).hooks:
            return False
        await unit.configuration.remove_hook(name)
        return True

    def made(self, wanted: WantedHook, before: HookConfig | None) -> HookConfig:
        """The hook as it is kept; secrets that are the same stay as they were sealed."""
        if not _NAME.match(wanted.name):
            raise BadParameter("The name of a hook has 1 to 63 of the characters a-z, 0-9, - and _.")
        shape = _one_of(Shape, "shape", wanted.shape)
        proof = _one_of(Proof, "proof", wanted.proof)
        settings = {name: value.strip() for name, value in wanted.settings.items() if value.strip()}
        _check(proof, settings)
        kept = before.secrets if before is not None and before.proof is proof else {}
        secrets = {}
        for key, clear in wanted.secrets.items():
            if key not in SECRETS:
                raise BadParameter(f"A hook has no secret {key!r}, but {' and '.join(SECRETS)}.")
            if clear is None and key not in kept:
                raise BadParameter(f"{key}: no secret is stored here: say it anew")
            if clear is None:
                secrets[key] = kept[key]
            elif clear:
                secrets[key] = self._sealed(wanted.name, key, _checked(proof, key, clear), kept)
        if proof is not Proof.BEARER and "secret" not in secrets:
            raise BadParameter("A hook needs a secret: without one anybody could send messages at your cost.")
        return HookConfig(
            name=wanted.name,
            shape=shape,
            proof=proof,
            realm=wanted.realm,
            settings=settings,
            secrets=secrets if proof is not Proof.BEARER else {},
            active=wanted.active,
        )

    def _sealed(self, name: str, key: str, clear: str, kept: Mapping[str, Sealed]) -> Sealed:
        context = hook_context(name, key)
        if key in kept and self._ring.open(context, kept[key]) == clear.encode():
            return kept[key]
        return self._ring.seal(context, clear.encode())


def _one_of(family: type[W], what: str, word: str) -> W:
    try:
        return family(word.strip().lower())
    except ValueError:
        raise BadParameter(f"{what} is {word!r}, and must be one of {', '.join(family)}.") from None


def _check(proof: Proof, settings: Mapping[str, str]) -> None:
    missing = [name for name in _NEEDS[proof] if name not in settings]
    if missing:
        raise BadParameter(f"The proof {proof} needs {missing[0]}.")
    idle = [name for name in settings if name not in _MAY[proof]]
    if idle:
        raise BadParameter(f"The proof {proof} has no use for {idle[0]}: take it out.")
    header = settings.get("header", "authorization").lower()
    if not _HEADER.match(header):
        raise BadParameter("header: that is no name of a header.")
    keys = settings.get("keys", "")
    if keys and not keys.startswith(("https://", "http://", "file:")):
        raise BadParameter("keys: write the URL of the issuer's keys (https://...), or file:PATH.")


def _checked(proof: Proof, key: str, clear: str) -> str:
    if proof is Proof.SIGNATURE:
        try:
            standard_secret(clear)
        except ValueError:
            raise BadParameter(f"{key}: write whsec_ and 24 to 64 bytes in base64.") from None
    elif len(clear) < _SHORTEST or not clear.isprintable():
        raise BadParameter(f"{key}: a secret has at least {_SHORTEST} characters, none of them invisible.")
    return clear
