"""Which methods of authentication are in force, and which of them a request gets."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from watchword.errors import WatchwordError
from watchword.model.configuration import Configuration
from watchword.model.message import Channel
from watchword.model.method import DEFAULT_ACR, MethodConfig, Reached, carrier_name
from watchword.model.session import PASSWORD, Proof
from watchword.plugin.loading import Kinds
from watchword.plugin.methods import Method, effective, missing, open_properties
from watchword.plugin.shapes import Challenging, Judging, TokenType

log = logging.getLogger(__name__)

_WORDS: Mapping[Channel, tuple[str, ...]] = {
    Channel.SMS: ("sms", "otp", "mca"),
    Channel.VOICE: ("tel", "otp", "mca"),
    Channel.EMAIL: ("otp", "mca"),
}
"""What RFC 8176 calls a code by its way."""


class UnmetAcr(WatchwordError):
    """What an application insists on cannot be had here (OpenID: unmet_authentication_requirements)."""

    slug = "unmet-acr"


class DisabledDefault(WatchwordError):
    """The default method is not in force; a weaker one does not step in."""

    slug = "disabled-default"


class Active(Struct, frozen=True, kw_only=True):
    """A method that is in force."""

    method: Method
    config: MethodConfig
    properties: Mapping[str, Any]
    """Those that are no secrets."""

    @property
    def name(self) -> str:
        return self.method.name

    @property
    def words(self) -> tuple[str, ...]:
        """What requests may call it."""
        return (self.name, *self.config.aliases)

    @property
    def carrier(self) -> str:
        """The name of its own provider; empty if it has none."""
        return carrier_name(self.name) if self.config.carrier is not None else ""

    @property
    def attribute(self) -> str:
        """What the directory calls the number that its codes go to; empty: the token says where."""
        return self.method.attribute(self.properties)

    def number(self, attributes: Mapping[str, str]) -> str:
        """What the directory says under that name, in whatever case it writes it."""
        wanted = self.attribute.lower()
        found = [value for name, value in attributes.items() if name.lower() == wanted]
        return found[0] if wanted and found else ""

    def kinds(self, kinds: Kinds) -> frozenset[str]:
        """Names of the token types that are its second step; empty: the password is all."""
        return frozenset(kind.name for kind in kinds if self.method.takes(kind))

    def is_met(self, proofs: Iterable[Proof], kinds: Kinds) -> bool:
        """Whether these proofs are all that it takes."""
        shown = tuple(proofs)
        taken = self.kinds(kinds)
        return any(proof.how == PASSWORD for proof in shown) and (
            not taken or any(self._counts(proof, taken) for proof in shown)
        )

    def _counts(self, proof: Proof, taken: frozenset[str]) -> bool:
        brought = not self.carrier or proof.carrier == self.carrier
        return proof.how in taken and not proof.rollout and brought


class Wish(Struct, frozen=True, kw_only=True):
    """What an application says about how somebody shall log in."""

    acr_values: tuple[str, ...] = ()
    """In the order in which they are liked."""
    essential: tuple[str, ...] | None = None
    """The values of an acr that must be met; None: nothing must."""
    defaults: tuple[str, ...] = ()
    """The client's ``default_acr_values``."""


class Methods:
    """The methods that are in force under a configuration."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._seen: dict[str, MethodConfig] = {}
        self._usable: dict[str, bool] = {}

    def active(self, configuration: Configuration) -> tuple[Active, ...]:
        """Those that are in force, the highest level first. What becomes of a change is logged once per process."""
        found = []
        for method in self._kinds.methods.values():
            config = effective(method, configuration.methods)
            if not config.enabled:
                self._seen.pop(method.name, None)
            elif self._is_usable(method, config, quiet=method.name not in configuration.methods):
                found.append(Active(method=method, config=config, properties=open_properties(method, config)))
        return tuple(sorted(found, key=lambda one: (-one.config.level, one.name)))

    def supported(self, configuration: Configuration) -> tuple[str, ...]:
        """What discovery says: ``acr_values_supported``."""
        return tuple(sorted(word for one in self.active(configuration) for word in one.words))

    def levels(self, configuration: Configuration) -> dict[int, list[str]]:
        """Level and names (``auth_level_mapping``)."""
        levels: dict[int, list[str]] = {}
        for one in self.active(configuration):
            levels.setdefault(one.config.level, []).append(one.name)
        return levels

    def wished(
        self, wish: Wish, configuration: Configuration, *, setting: str = DEFAULT_ACR
    ) -> tuple[Active, ...]:
        """The methods that a request may be met by, the best liked first; never none.

        The request's words, else the client's, else the server's default, else the highest level that somebody has
        put in force; where nobody has said anything, whatever second factor the person has, and the password of
        whoever has none. Words that mean nothing here are passed over. UnmetAcr if one must be met that is not here;
        DisabledDefault if the server's is not in force.
        """
        active = self.active(configuration)
        if wish.essential:
            must = _named(wish.essential, active)
            if not must:
                raise UnmetAcr(f"None of {' '.join(wish.essential)} is in force here.")
            return must
        for words in (wish.acr_values, wish.defaults):
            if found := _named(words, active):
                return found
        default = configuration.text(setting).strip()
        if default:
            said = _named((default,), active)
            if not said:
                problem = (
                    f"The setting {setting} names {default}, which is not in force: nobody is let in weaker."
                )
                log.error(problem)
                raise DisabledDefault(problem)
            return said
        if not active:
            raise UnmetAcr("No method of authentication is in force: enable one.")
        chosen = [one for one in active if one.name in configuration.methods]
        return tuple(chosen[:1]) or active

    def met(
        self,
        wish: Wish,
        wished: Sequence[Active],
        proofs: Sequence[Proof],
        configuration: Configuration,
    ) -> Reached | None:
        """What these proofs come to, if that is enough for the request; None: more is to be shown.

        Enough is one of the methods that are wished for, or, where none must be met, a higher or equal level.
        """
        active = self.active(configuration)
        reached = [one for one in active if one.is_met(proofs, self._kinds)]
        if not reached:
            return None
        for one in wished:
            if one in reached:
                return self._told(one, proofs, wish)
        strongest = reached[0]
        if not wish.essential and all(one.config.level <= strongest.config.level for one in wished):
            return self._told(strongest, proofs, wish)
        return None

    def _told(self, one: Active, proofs: Sequence[Proof], wish: Wish) -> Reached:
        words = (*(wish.essential or ()), *wish.acr_values)
        acr = next((word for word in words if word in one.words), one.name)
        return Reached(
            acr=acr,
            amr=amr_of(proofs, self._kinds),
            auth_time=max((proof.at for proof in proofs), default=0),
            level=one.config.level,
        )

    def _is_usable(self, method: Method, config: MethodConfig, *, quiet: bool) -> bool:
        """``quiet``: nobody has configured it, so nobody waits for the news that it works."""
        if self._seen.get(method.name) != config:
            self._seen[method.name] = config
            level = logging.DEBUG if quiet else logging.INFO
            log.log(level, "%s. Initialization", method.title)
            lacking = missing(method, config)
            self._usable[method.name] = not lacking
            if lacking:
                log.error("%s. Initialization failed: %s not set", method.title, ", ".join(lacking))
            else:
                log.log(level, "%s. Initialized successfully", method.title)
        return self._usable[method.name]


def amr_of(proofs: Iterable[Proof], kinds: Kinds) -> tuple[str, ...]:
    """What was shown, in the words of RFC 8176: ``pwd``, ``sms``, ``otp``, ``mfa``."""
    words: dict[str, None] = {}
    factors = 0
    for proof in proofs:
        if proof.how == PASSWORD:
            words["pwd"] = None
            continue
        factors += 1
        words.update(dict.fromkeys(_amr_of(kinds.token_type(proof.how))))
    if "pwd" in words and factors:
        words["mfa"] = None
    return tuple(words)


def _amr_of(kind: TokenType) -> tuple[str, ...]:
    if isinstance(kind, Challenging) and kind.channel is not None:
        return _WORDS[kind.channel]
    typed = isinstance(kind, Judging) and not kind.canonical and kind.guessable
    return ("pwd",) if typed else ("otp",)


def _named(words: Iterable[str], active: Iterable[Active]) -> tuple[Active, ...]:
    """Those that are called so, in the order of the words, each once."""
    found: dict[str, Active] = {}
    for word in words:
        for one in active:
            if word in one.words:
                found.setdefault(one.name, one)
    return tuple(found.values())
