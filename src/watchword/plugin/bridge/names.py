"""What classes of LinOTP's form import, by the names under which they look for it."""

# ruff: noqa: N802, N803, A002, ARG001  the names are those that such classes use

from collections.abc import Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from watchword.crypto.otp import find_counter, hotp
from watchword.errors import BadParameter, MissingParameter, Refused
from watchword.plugin.bridge.moment import here, tools_here
from watchword.plugin.bridge.row import SecretObject
from watchword.plugin.bridge.tokenclass import Question, StatefulTokenMixin, TokenClass, yes

FAMILIES = ("linotp", "pylons", "flask", "flask_babel")
"""Top names that lead here."""


class User:
    """Whom a class is told of."""

    def __init__(self, login: str = "", realm: str = "", resolver_config_identifier: str = "") -> None:
        self.login = login
        self.realm = realm
        self.resolver_config_identifier = resolver_config_identifier

    @property
    def is_empty(self) -> bool:
        return not self.login

    def isEmpty(self) -> bool:
        return self.is_empty

    def getRealm(self) -> str:
        return self.realm

    def __bool__(self) -> bool:
        return bool(self.login)

    def __repr__(self) -> str:
        return f"User({self.login!r}, {self.realm!r})"


class ParameterError(BadParameter):
    """A parameter is missing or wrong; the class says which."""

    def __init__(self, description: str = "a parameter is wrong", id: int = 905) -> None:
        super().__init__(str(description))


class TokenAdminError(Refused):
    """The class will not do that."""

    def __init__(self, description: str = "the token class refused", id: int = 1301) -> None:
        super().__init__(str(description))


class HmacOtp:
    """Codes of RFC 4226."""

    def __init__(
        self, secretObj: SecretObject, counter: int = 0, digits: int = 6, hashFunc: Any = None
    ) -> None:
        self._secret = secretObj
        self.counter = counter
        self.digits = int(digits)
        said = hashFunc() if callable(hashFunc) else hashFunc
        self._algorithm = str(getattr(said, "name", None) or said or "sha1")

    def generate(self, counter: int | None = None, inc_counter: bool = True, key: bytes | None = None) -> str:
        place = self.counter if counter is None else counter
        code = hotp(key or self._secret.getKey(), place, self.digits, self._algorithm)
        if inc_counter:
            self.counter = place + 1
        return code

    def checkOtp(
        self, anOtpValue: str | int, window: int = 3, symetric: bool = False, counter: int | None = None
    ) -> int:
        """The place of the code from the counter on, -1 where it has none."""
        first = self.counter if counter is None else counter
        start = max(0, first - window) if symetric else first
        said = str(anOtpValue).zfill(self.digits)
        found = find_counter(
            self._secret.getKey(), said, start, first + window - start, self.digits, self._algorithm
        )
        return -1 if found is None else found


class _Registry:
    """Where classes of the third version register; the name they give must be the one that they say."""

    @staticmethod
    def class_entry(_name: str) -> Any:
        return lambda kind: kind


class _RequestContext(Mapping[str, Any]):
    """Who asks."""

    def __getitem__(self, key: str) -> Any:
        moment = here()
        known = {
            "Client": moment.client,
            "RequestUser": User(moment.login, moment.realm),
            "audit": {},
        }
        return known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("Client", "RequestUser", "audit"))

    def __len__(self) -> int:
        return 3


def get_from_config(key: str | None = None, defVal: Any = None) -> Any:
    """A system setting by its whole name."""
    return here().settings.text(key or "") or defVal


def get_param(param: Mapping[str, Any], key: str, optional: bool = True) -> Any:
    if key in param:
        return param[key]
    if not optional:
        raise MissingParameter(key)
    return None


def generate_key(size: int = 20) -> str:
    return tools_here().dice.bytes(size).hex()


def random_bytes(size: int) -> bytes:
    return tools_here().dice.bytes(size)


def get_client_policy(
    client: str, scope: str | None = None, action: str | None = None, *_more: Any, **_named: Any
) -> dict[str, Any]:
    """What policy says to one of the class's own actions, about whoever is here now."""
    moment = here()
    own = moment.actions.get(action or "")
    value = moment.rules(own) if own is not None else None
    return {"policy": {"scope": scope, "action": {action: value}}} if value not in (None, False) else {}


def get_action_value(
    policies: Mapping[str, Any], scope: str | None = None, action: str = "", default: Any = None, **_more: Any
) -> Any:
    for policy in policies.values():
        if action in policy["action"]:
            return policy["action"][action]
    return default


def get_token_owner(_token: Any) -> User:
    moment = here()
    return User(moment.login, moment.realm)


def check_pin(token: TokenClass, pin: str, user: Any = None, options: Any = None) -> bool:
    return token.checkPin(pin, options)


def split_pin_otp(
    token: TokenClass, passw: str, user: Any = None, options: Any = None
) -> tuple[int, str, str]:
    return 0, *token.splitPinPass(passw)


def same(text: str) -> str:
    """Texts of a class are shown as they are."""
    return text


_TOKENCLASS = {
    "TokenClass": TokenClass,
    "StatefulTokenMixin": StatefulTokenMixin,
    "tokenclass_registry": _Registry(),
}
_TRANSLATING = {"_": same, "gettext": same, "lazy_gettext": same, "ugettext": same, "lazy_ugettext": same}


def _known() -> dict[str, dict[str, Any]]:
    """Module -> what is in it."""
    context = SimpleNamespace(scope="", audit={})
    return {
        "linotp.lib.tokenclass": _TOKENCLASS,
        "linotp.tokens": _TOKENCLASS,
        "linotp.tokens.base": _TOKENCLASS,
        "linotp.tokens.base.tokenclass": _TOKENCLASS,
        "linotp.lib.registry": _TOKENCLASS,
        "linotp.lib.config": {"getFromConfig": get_from_config},
        "linotp.lib.util": {
            "getParam": get_param,
            "optional": True,
            "required": False,
            "generate_otpkey": generate_key,
        },
        "linotp.lib.type_utils": {"boolean": yes},
        "linotp.lib.validate": {"check_pin": check_pin, "split_pin_otp": split_pin_otp},
        "linotp.lib.auth.validate": {"check_pin": check_pin, "split_pin_otp": split_pin_otp},
        "linotp.lib.policy": {
            "get_client_policy": get_client_policy,
            "getPolicyActionValue": get_action_value,
            "get_action_value": get_action_value,
        },
        "linotp.lib.policy.util": {"get_action_value": get_action_value},
        "linotp.lib.user": {"User": User},
        "linotp.lib.token": {"get_token_owner": get_token_owner},
        "linotp.lib.error": {"ParameterError": ParameterError, "TokenAdminError": TokenAdminError},
        "linotp.lib.HMAC": {"HmacOtp": HmacOtp},
        "linotp.lib.challenges": {"Challenge": Question},
        "linotp.lib.context": {"request_context": _RequestContext()},
        "linotp.lib.crypto": {"SecretObj": SecretObject},
        "linotp.lib.crypto.utils": {"urandom": SimpleNamespace(urandom=random_bytes)},
        "pylons": {"tmpl_context": context, "c": context},
        "pylons.i18n": _TRANSLATING,
        "pylons.i18n.translation": _TRANSLATING,
        "flask": {"g": context},
        "flask_babel": _TRANSLATING,
    }


def modules() -> dict[str, ModuleType]:
    """A tree of modules of its own for one file, by their names."""
    made: dict[str, ModuleType] = {}

    def module(name: str) -> ModuleType:
        if name not in made:
            made[name] = ModuleType(name)
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(module(parent), last, made[name])
        return made[name]

    for name, held in _known().items():
        vars(module(name)).update(held)
    return made
