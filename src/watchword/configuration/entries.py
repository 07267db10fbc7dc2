"""System settings, by LinOTP's names."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

from watchword.crypto.keyring import KeyRing
from watchword.errors import BadParameter
from watchword.model.configuration import Entry
from watchword.plugin.shapes import Adjusted
from watchword.policy.notation.durations import read_duration
from watchword.storage.promises import Unit

SEALED = "password"
"""The kind of an entry that is kept sealed and never shown."""

FRESH_ENTRIES: Mapping[str, str] = {
    "AutoResyncTimeout": "240",
    "DefaultBlockingTimeout": "0",
    "DefaultChallengeValidityTime": "120",
    "DefaultCountWindow": "10",
    "DefaultMaxFailCount": "10",
    "DefaultOtpLen": "6",
    "DefaultResetFailCount": "True",
    "DefaultSyncWindow": "1000",
    "EmailBlockingTimeout": "120",
    "EmailChallengeValidityTime": "600",
    "EmailProvider": "linotp.provider.emailprovider.SMTPEmailProvider",
    "EmailProviderConfig": "{}",
    "FIDO2ChallengeValidityTime": "120",
    "FailCounterIncOnFalsePin": "True",
    "PrependPin": "True",
    "PushChallengeValidityTime": "150",
    "PushMaxChallenges": "4",
    "QRChallengeValidityTime": "150",
    "QRMaxChallenges": "4",
    "QRTokenOtpLen": "8",
    "SMSBlockingTimeout": "30",
    "SMSProvider": "smsprovider.HttpSMSProvider.HttpSMSProvider",
    "SMSProviderConfig": "{}",
    "SMSProviderTimeout": "300",
    "VoiceBlockingTimeout": "60",
    "certificates.use_system_certificates": "False",
    "policy_action_validation": "True",
    "resolver_lookup_cache.enabled": "False",
    "resolver_lookup_cache.expiration": "64800",
    "totp.timeShift": "0",
    "totp.timeStep": "30",
    "totp.timeWindow": "300",
    "user_lookup_cache.enabled": "False",
    "user_lookup_cache.expiration": "64800",
}
"""What LinOTP writes into a fresh database; everything else has its default where it is asked."""

_DURATIONS = frozenset(
    {"resolver_lookup_cache.expiration", "selfservice.auth_expiry", "user_lookup_cache.expiration"}
)
"""Whole seconds, or ``1d 2h``."""
_PREFIX = "linotp."
_LONGEST_NAME = 255
_RESERVED = (
    *("Policy.", "enclinotp.", "useridresolver."),
    *("ldapresolver.", "passwdresolver.", "sqlresolver."),
    *("SMSProvider.", "EmailProvider.", "VoiceProvider.", "PushProvider.", "Provider.Default."),
)
_DEFAULT_REALM = "DefaultRealm"


class Setting(Struct, frozen=True, kw_only=True):
    """An entry as an administrator says it; ``kind`` is ``int``, ``string``, ``password`` or nothing."""

    value: str
    kind: str = ""
    description: str = ""

    def __repr__(self) -> str:
        shown = "..." if self.kind == SEALED else repr(self.value)
        return f"Setting(value={shown}, kind={self.kind!r})"


class Entries:
    """Sets and forgets system settings."""

    def __init__(self, ring: KeyRing, declared: Mapping[str, Adjusted] = MappingProxyType({})) -> None:
        """``declared``: the settings of token types, by their whole names."""
        self._ring = ring
        self._declared = declared

    async def put(self, unit: Unit, settings: Mapping[str, Setting]) -> None:
        """Set all of these, or none; a password is sealed for its name."""
        made = {plain_name(name): self.made(plain_name(name), setting) for name, setting in settings.items()}
        await unit.configuration.held()
        await unit.configuration.put_entries(made)

    async def remove(self, unit: Unit, names: Iterable[str]) -> None:
        """Forget these; forgetting what is not set is fine."""
        plain = [plain_name(name) for name in names]
        await unit.configuration.held()
        await unit.configuration.remove_entries(plain)

    def made(self, name: str, setting: Setting) -> Entry:
        """The setting as it is kept under this name."""
        if setting.kind == "int" and not _is_number(setting.value):
            raise BadParameter(f"{name} must be a number, as its type says.")
        if name in self._declared and setting.kind != SEALED:
            self._declared[name].read(setting.value)
        if name in _DURATIONS and not _is_number(setting.value):
            try:
                read_duration(setting.value)
            except BadParameter as wrong:
                raise BadParameter(f"{name}: {wrong.message}") from None
        if setting.kind == SEALED:
            sealed = self._ring.seal(("config", name), setting.value.encode())
            return Entry(sealed=sealed, kind=SEALED, description=setting.description)
        return Entry(value=setting.value, kind=setting.kind, description=setting.description)

    def opened(self, name: str, entry: Entry) -> str:
        """What the entry says, a password in clear."""
        return (
            entry.value if entry.sealed is None else self._ring.open(("config", name), entry.sealed).decode()
        )


def plain_name(name: str) -> str:
    """The name without LinOTP's prefix; BadParameter if no system setting can have it."""
    plain = name.strip().removeprefix(_PREFIX)
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise BadParameter(
            f"The name of a setting has 1 to {_LONGEST_NAME} characters, no control characters."
        )
    if plain.startswith(_RESERVED) or plain == _DEFAULT_REALM:
        raise BadParameter(
            f"{plain} is no system setting: change policies, realms, resolvers and providers by their own calls."
        )
    return plain


def _is_number(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True
