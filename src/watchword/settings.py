"""Adds up the settings that each room declares for itself, and what the operator said about them.

A setting is said by a flag, by a variable, or in ``watchword.toml`` of the home folder; the first of these that
says something wins, else the default stands. What cannot be used is refused by name: a mistyped setting that
is silently passed over would be a lock that was never closed.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from watchword.audit.settings import AuditSettings
from watchword.crypto.settings import PinSettings
from watchword.delivery.settings import OutboundSettings
from watchword.directory.settings import DirectorySettings
from watchword.errors import Misconfigured
from watchword.limits.settings import LimitSettings, PasswordSettings, TelephonySettings
from watchword.plugin.settings import PluginSettings
from watchword.policy.settings import PolicySettings
from watchword.web.settings import (
    OidcSettings,
    PageSettings,
    PortalSettings,
    ProxySettings,
    SessionSettings,
    VoiceSettings,
    WebSettings,
    address_of,
)

FILE = "watchword.toml"
_PREFIX = "WATCHWORD_"
_KNOWN_ELSEWHERE = re.compile(
    r"WATCHWORD_(DEMO_ADMIN_PASSWORD|TEST_\w+"
    # Kubernetes puts these into every container beside a service that is called "watchword".
    r"|SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)"
)


def _check_database(url: str) -> None:
    if not re.match(r"sqlite:///.|postgres(ql)?://.", url):
        raise ValueError(url)


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written to the standard error stream, one JSON object a line."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least weight of what is logged")
    ] = "info"


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of one server."""

    home: Annotated[Path, Meta(description="Folder of keys, settings file and, with SQLite, the database")]
    listen: Annotated[
        str,
        Meta(
            description="Address and port of the server; port 0 takes any free one",
            extra={"check": address_of, "allowed": "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"},
        ),
    ] = "127.0.0.1:8080"
    database: Annotated[
        str,
        Meta(
            description="Where the store is; if not said, watchword.db in the home folder",
            extra={
                "check": _check_database,
                "allowed": "sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME",
                "secret": True,
            },
        ),
    ] = ""
    workers: Annotated[int, Meta(ge=1, le=256, description="Processes that answer requests")] = 1
    limits: LimitSettings = LimitSettings()
    pin: PinSettings = PinSettings()
    passwords: PasswordSettings = PasswordSettings()
    directory: DirectorySettings = DirectorySettings()
    policy: PolicySettings = PolicySettings()
    sessions: SessionSettings = SessionSettings()
    proxies: ProxySettings = ProxySettings()
    pages: PageSettings = PageSettings()
    outbound: OutboundSettings = OutboundSettings()
    plugins: PluginSettings = PluginSettings()
    portal: PortalSettings = PortalSettings()
    voice: VoiceSettings = VoiceSettings()
    telephony: TelephonySettings = TelephonySettings()
    oidc: OidcSettings = OidcSettings()
    audit: AuditSettings = AuditSettings()
    log: LogSettings = LogSettings()

    def __repr__(self) -> str:
        return f"Settings(home={str(self.home)!r}, listen={self.listen!r}, workers={self.workers})"

    @property
    def web(self) -> WebSettings:
        """What the faces need to know."""
        return WebSettings(sessions=self.sessions, proxies=self.proxies, portal=self.portal, oidc=self.oidc)


class Setting(Struct, frozen=True, kw_only=True):
    """One setting as the operator sees it."""

    name: str
    """``workers``, ``limits.mode``."""
    meaning: str
    default: Any
    kind: Any
    """Its type."""
    meta: Meta

    @property
    def variable(self) -> str:
        return "WATCHWORD_DATABASE_URL" if self.name == "database" else _PREFIX + _shout(self.name)

    @property
    def has_flag(self) -> bool:
        return "." not in self.name

    @property
    def allowed(self) -> str:
        """What it may be, in words that end the sentence "it must be ..."."""
        if self.meta.extra and "allowed" in self.meta.extra:
            return str(self.meta.extra["allowed"])
        if get_origin(self.kind) is Literal:
            return " or ".join(get_args(self.kind))
        if self.kind is bool:
            return "true or false"
        if self.kind is int:
            return f"a whole number from {self.meta.ge} to {self.meta.le}"
        if get_origin(self.kind) is tuple:
            return "a list of texts"
        return f"a text of at most {self.meta.max_length} characters" if self.meta.max_length else "a text"


class _Said(Struct, frozen=True):
    """What somebody said about a setting, and where."""

    value: Any
    origin: str


def _settings_of(struct: type[Struct], prefix: str = "") -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for field in msgspec.structs.fields(struct):
        name = prefix + field.name
        if get_origin(field.type) is Annotated:
            kind, meta = get_args(field.type)
            found[name] = Setting(
                name=name, meaning=meta.description or "", default=field.default, kind=kind, meta=meta
            )
        else:
            found |= _settings_of(field.type, name + ".")
    return found


CATALOGUE: Mapping[str, Setting] = _settings_of(Settings)
"""Every setting by its name."""


def load(flags: Mapping[str, object] | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings as flags (by setting's name, None = not given), variables, file and defaults say.

    Raises `Misconfigured` with a sentence that names the setting, where it was said, and what is allowed.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    home = _home(given, environment)
    said = (
        _said_in_file(home / FILE)
        | _said_in_variables(environment)
        | {name: _Said(value, f"the flag --{name}") for name, value in given.items()}
    )
    values: dict[str, Any] = {}
    sections: dict[str, dict[str, Any]] = {}
    for name, word in said.items():
        if name == "home":
            continue
        section, _, key = name.rpartition(".")
        (sections.setdefault(section, {}) if section else values)[key] = _value(CATALOGUE[name], word)
    for field in msgspec.structs.fields(Settings):
        if field.name in sections:
            values[field.name] = field.type(**sections[field.name])
    settings = Settings(home=home, **values)
    return msgspec.structs.replace(
        settings,
        database=settings.database or f"sqlite:///{home / 'watchword.db'}",
        plugins=msgspec.structs.replace(
            settings.plugins, folders=tuple(str(home / folder) for folder in settings.plugins.folders)
        ),
        pages=msgspec.structs.replace(
            settings.pages,
            templates=_in_home(home, settings.pages.templates),
            logo=_in_home(home, settings.pages.logo),
        ),
        voice=msgspec.structs.replace(
            settings.voice,
            certificate=_in_home(home, settings.voice.certificate),
            key=_in_home(home, settings.voice.key),
            client_authority=_in_home(home, settings.voice.client_authority),
        ),
    )


def default_home() -> Path:
    """``./var`` in a checkout of Watchword, else the platform's folder for data."""
    try:
        in_checkout = 'name = "watchword"' in Path("pyproject.toml").read_text("utf-8", "replace")
    except OSError:
        in_checkout = False
    if in_checkout:
        return Path("var")
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/Watchword")
    if os.geteuid() == 0:
        return Path("/var/lib/watchword")
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share") / "watchword"


def _home(given: Mapping[str, object], environment: Mapping[str, str]) -> Path:
    path = str(given.get("home") or environment.get("WATCHWORD_HOME") or default_home())
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111 (links are left as they are)


def _in_home(home: Path, path: str) -> str:
    return str(home / path) if path else ""


def _said_in_variables(environment: Mapping[str, str]) -> dict[str, _Said]:
    by_variable = {setting.variable: setting for setting in CATALOGUE.values()}
    said = {}
    for variable, value in environment.items():
        if not variable.startswith(_PREFIX) or _KNOWN_ELSEWHERE.fullmatch(variable):
            continue
        if variable not in by_variable:
            raise Misconfigured(
                f"No setting has the variable {variable}{_nearest(variable, by_variable)}. Unset or rename it."
            )
        if value:  # an empty variable says nothing: composers of containers write them for what is not set
            said[by_variable[variable].name] = _Said(value, f"the variable {variable}")
    return said


def _said_in_file(path: Path) -> dict[str, _Said]:
    import tomllib

    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise Misconfigured(
            f"The home folder {path.parent} is not a folder. Name another with --home."
        ) from None
    except OSError as broken:
        raise Misconfigured(f"{path} cannot be read: {broken.strerror}.") from None
    except ValueError as wrong:
        raise Misconfigured(f"{path} is not TOML: {wrong}.") from None
    said: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            said |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            said[name] = value
    for name in said:
        if name == "home":
            raise Misconfigured(f"{path} says `home`, but lies in it. Use --home or WATCHWORD_HOME.")
        if name not in CATALOGUE:
            raise Misconfigured(f"{path} says `{name}`, which is no setting{_nearest(name, CATALOGUE)}.")
    return {name: _Said(value, str(path)) for name, value in said.items()}


def _value(setting: Setting, said: _Said) -> Any:
    value = said.value
    if get_origin(setting.kind) is tuple and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    extra = setting.meta.extra or {}
    try:
        value = msgspec.convert(value, Annotated[setting.kind, setting.meta], strict=False)
        extra.get("check", bool)(value)
    except ValueError:  # msgspec's errors are of this kind too
        shown = "not usable" if extra.get("secret") else repr(said.value)
        raise Misconfigured(
            f"The setting {setting.name} is {shown} by {said.origin}; it must be {setting.allowed}."
        ) from None
    return value


def _nearest(wrong: str, known: Mapping[str, object]) -> str:
    import difflib

    near = difflib.get_close_matches(wrong, known, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _shout(name: str) -> str:
    return name.replace(".", "_").upper()
