"""What the settings of an LDAP resolver say, read once."""

import re
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from watchword.directory.ldap.filters import Hole, Template, template
from watchword.errors import BadParameter

DN = "dn"
"""The UIDTYPE by which the name of the entry is its id."""
BINARY = frozenset({"objectguid", "guid", "objectsid", "ms-ds-consistencyguid"})
"""Attributes that are written as hexadecimal."""

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*", re.ASCII)
_SECRET = frozenset(
    (
        "userPassword authPassword unicodePwd dBCSPwd ntPwdHistory lmPwdHistory supplementalCredentials pwdHistory"
        " unixUserPassword msSFU30Password sambaNTPassword sambaLMPassword sambaPasswordHistory ipaNTHash"
        " krbPrincipalKey userPKCS12"
    )
    .lower()
    .split()
)
"""Attributes that hold passwords, their hashes, or keys."""
_MOST = 200
"""Entries of a page: libldap hands over all of one at once, and meanwhile nobody else is served."""
_LONGEST = 60
_CONNECT, _ANSWER = 1.5, 3.0
"""Seconds, where TIMEOUT says nothing: the second server of two has its turn within the five of an answer."""
_WORDS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


class Server(Struct, frozen=True):
    """One of ``LDAPURI``."""

    uri: str
    host: str
    port: int
    tls: bool
    """From the first byte."""


class Plan(Struct, frozen=True, kw_only=True):
    """The settings, read."""

    servers: tuple[Server, ...]
    base: str
    account: str
    """The bind DN; empty: anonymous."""
    starttls: bool
    verified: bool
    authority: str
    """PEM text, or the path of a file of it; empty: who the machine trusts."""
    connect_seconds: float
    answer_seconds: float
    page: int
    login: str
    one: Template
    everybody: Template
    userid: str
    """The attribute, or DN."""
    attributes: Mapping[str, str]
    """Our names of attributes, and the directory's."""
    active_directory: bool
    writable: bool

    @property
    def asked(self) -> list[str]:
        """All attributes of an entry that matter."""
        names = [self.login, *self.attributes.values()]
        if self.userid != DN:
            names.append(self.userid)
        return [*{name.lower(): name for name in names}.values()]

    def now(self, millis: int) -> str:
        """The hour as the directory's filters write it: Active Directory counts 100 ns since 1601."""
        return str(millis * 10_000 + 116_444_736_000_000_000 if self.active_directory else millis // 1000)

    def context(self) -> ssl.SSLContext | None:
        """How TLS is done, None where it is not; reads files. `BadParameter` names an authority that is none."""
        if not self.starttls and not any(server.tls for server in self.servers):
            return None
        text = self.authority
        pem, path = (text, None) if "-----BEGIN" in text else (None, text or None)
        try:
            context = ssl.create_default_context(cafile=path, cadata=pem)
        except (OSError, ValueError) as broken:
            where = path or "the text"
            raise BadParameter(
                f"CACERTIFICATE: {where} holds no certificates in PEM form: "
                f"{getattr(broken, 'strerror', None) or broken}."
            ) from None
        if not self.verified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def read_plan(settings: Mapping[str, str]) -> Plan:
    """`BadParameter` names the setting that can never work."""
    login = _attribute("LOGINNAMEATTRIBUTE", settings.get("LOGINNAMEATTRIBUTE", ""))
    userid = settings.get("UIDTYPE", "").strip() or DN
    filters = {name: template(name, settings.get(name, "")) for name in ("LDAPFILTER", "LDAPSEARCHFILTER")}
    if Hole.LOGIN not in filters["LDAPFILTER"].pieces:
        raise BadParameter("LDAPFILTER needs %s, where the login is put: (uid=%s).")
    if Hole.LOGIN in filters["LDAPSEARCHFILTER"].pieces:
        raise BadParameter("LDAPSEARCHFILTER is for everybody and takes no %s: (objectClass=person).")
    connect, answer = _seconds(settings.get("TIMEOUT", ""))
    known = f"{login} {settings.get('LDAPFILTER')} {settings.get('LDAPSEARCHFILTER')}"
    base = settings.get("LDAPBASE", "").strip()
    if not base or "\0" in base:
        raise BadParameter("LDAPBASE names the entry below which people are: ou=people,dc=example,dc=org.")
    return Plan(
        servers=_servers(settings.get("LDAPURI", "")),
        base=base,
        account=settings.get("BINDDN", "").strip(),
        starttls=_flag("EnforceTLS", settings, default=True),
        verified=_flag("only_trusted_certs", settings, default=True),
        authority=settings.get("CACERTIFICATE", "").strip(),
        connect_seconds=connect,
        answer_seconds=answer,
        page=_page(settings.get("SIZELIMIT", "")),
        login=login,
        one=filters["LDAPFILTER"],
        everybody=filters["LDAPSEARCHFILTER"],
        userid=DN if userid.lower() == DN else _attribute("UIDTYPE", userid),
        attributes=_attributes(settings.get("USERINFO", "")),
        active_directory="samaccountname" in known.lower(),
        writable=_flag("writable", settings, default=False),
    )


def _servers(text: str) -> tuple[Server, ...]:
    servers = tuple(_server(uri) for part in text.split(",") if (uri := part.strip()))
    if not servers:
        raise BadParameter("LDAPURI names at least one server: ldaps://ldap.example.org.")
    return servers


def _server(uri: str) -> Server:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if (
        host is None
        or parts.scheme not in {"ldap", "ldaps"}
        or parts.path.strip("/")
        or parts.query
        or "@" in uri
    ):
        raise BadParameter(f"LDAPURI: {uri!r} is no ldap://host:port or ldaps://host:port.")
    tls = parts.scheme == "ldaps"
    return Server(uri, host, port or (636 if tls else 389), tls)


def _attributes(text: str) -> dict[str, str]:
    try:
        known = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        raise BadParameter(
            'USERINFO is JSON from our names of attributes to the directory\'s: {"email": "mail"}.'
        ) from None
    known = {name: theirs.strip() for name, theirs in known.items() if theirs.strip()}
    for name, theirs in known.items():
        _attribute(f"USERINFO, {name}", theirs)
    return {name: theirs for name, theirs in known.items() if name not in {"username", "userid"}}


def _attribute(setting: str, name: str) -> str:
    name = name.strip()
    if not _ATTRIBUTE.fullmatch(name):
        raise BadParameter(f"{setting}: {name!r} is no name of an attribute.")
    if name.lower() in _SECRET:
        raise BadParameter(f"{setting}: {name} holds passwords, which are never read.")
    return name


def _flag(name: str, settings: Mapping[str, str], *, default: bool) -> bool:
    word = settings.get(name, "").strip().lower()
    if word and word not in _WORDS:
        raise BadParameter(f"{name} is True or False, not {word!r}.")
    return _WORDS[word] if word else default


def _seconds(text: str) -> tuple[float, float]:
    """Of connecting, and of one answer: ``network;response``, or a total that is split in halves; -1: ours."""
    try:
        numbers = [float(part.replace(",", ".")) for part in (text.strip() or "-1").split(";")]
    except ValueError:
        numbers = []
    if len(numbers) not in {1, 2} or not all(number == -1 or 0 < number <= _LONGEST for number in numbers):
        raise BadParameter(f"TIMEOUT is seconds, or network;response, each up to {_LONGEST}: 1.5;3.")
    if len(numbers) == 1 and numbers[0] > 0:
        numbers = [numbers[0] / 2] * 2
    connect, answer = (*numbers, -1.0)[:2]
    return (connect if connect > 0 else _CONNECT, answer if answer > 0 else _ANSWER)


def _page(text: str) -> int:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal()):
        raise BadParameter(f"SIZELIMIT is the number of entries of a page, not {text!r}.")
    return min(int(text[:9] or 0) or _MOST, _MOST)
