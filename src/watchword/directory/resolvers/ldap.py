"""People in LDAP: OpenLDAP, 389 Directory Server, Active Directory and their kin."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from watchword.directory.ldap.filters import escaped, fitting
from watchword.directory.ldap.plan import BINARY, DN, read_plan
from watchword.directory.ldap.servers import Servers, bound_link
from watchword.directory.ldap.trouble import (
    FORBIDDEN,
    INVALID_DN,
    NO_SUCH_OBJECT,
    NOT_A_LOG_IN,
    NOT_THIS_VALUE,
    SIZE_LIMIT,
    Refusal,
)
from watchword.errors import (
    AmbiguousUser,
    BadParameter,
    NoSuchUser,
    NotAllowed,
    Refused,
    Unreachable,
    WatchwordError,
)
from watchword.model.configuration import ResolverConfig
from watchword.plugin.patterns import matcher
from watchword.plugin.shapes import Record, Resolver, ResolverContext, Trial, Writing

if TYPE_CHECKING:
    from watchword.directory.ldap.connection import Entry, Link

_ACTIVE_DIRECTORY = frozenset({"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1851"})
"""Capabilities that Active Directory names, and its lightweight kin (MS-ADTS, 3.1.1.3.4.3)."""
_TEXTS = frozenset({"username", "givenname", "surname", "email", "phone", "mobile"})
"""What directories compare as text; of others they may not know how to compare a part."""
_SOMEBODY = "(objectClass=*)"
_RELATIVE = re.compile(r"(?:\\.|[^\\,])+", re.DOTALL)


class Ldap(Resolver, Writing):
    """Logins are compared as the directory compares them, mostly without regard to case."""

    kind = "ldap"
    dialect_type = "ldapresolver"
    dialect_class = "LDAPIdResolver"
    needs = (
        "LDAPURI",
        "LDAPBASE",
        "BINDDN",
        "BINDPW",
        "LOGINNAMEATTRIBUTE",
        "LDAPFILTER",
        "LDAPSEARCHFILTER",
        "USERINFO",
    )
    takes = (
        "UIDTYPE",
        "EnforceTLS",
        "only_trusted_certs",
        "CACERTIFICATE",
        "TIMEOUT",
        "SIZELIMIT",
        "NOREFERRALS",
        "PROXY",
        "writable",
    )
    secret_settings = ("BINDPW",)
    reached_by = ("LDAPURI", "LDAPBASE", "BINDDN", "EnforceTLS", "only_trusted_certs", "CACERTIFICATE")
    in_order = False
    meanings: ClassVar[Mapping[str, str]] = {
        "LDAPURI": "One server or several, by commas: `ldaps://ldap1.example.org, ldap://ldap2.example.org:389`;"
        " the next is asked when one fails, and one that failed is asked last for 30 seconds",
        "LDAPBASE": "The entry below which people are: `ou=people,dc=example,dc=org`; our account must see it",
        "BINDDN": "Our account there: a DN, or for Active Directory also `service@corp.example.org`; empty: anonymous",
        "BINDPW": "The password of `BINDDN`",
        "LOGINNAMEATTRIBUTE": "The attribute that is the login: `uid`, `sAMAccountName`",
        "LDAPFILTER": "Finds one person, `%s` is the login: `(&(objectClass=inetOrgPerson)(uid=%s))`."
        " `%(now)s` is the hour, in seconds since 1970, for Active Directory in its own ticks",
        "LDAPSEARCHFILTER": "Finds everybody, for lists: `(objectClass=inetOrgPerson)`",
        "USERINFO": "JSON, what is shown of people: from our names `givenname`, `surname`, `email`, `phone`, `mobile`,"
        ' `description` and any other to the directory\'s: `{"email": "mail", "mobile": "mobile"}`',
        "UIDTYPE": "The attribute that stays the same for life: `entryUUID`, `objectGUID` (in hexadecimal) or another;"
        " `DN`, if not said: then whoever is moved or renamed is somebody else",
        "EnforceTLS": "`True`, if not said: `ldap://` begins TLS (StartTLS) before anything is told",
        "only_trusted_certs": "`True`, if not said: certificates are checked, the host name too",
        "CACERTIFICATE": "Whose certificates are trusted: the path of a PEM file, or its text; not said: whom the"
        " machine trusts",
        "TIMEOUT": "Seconds for connecting and for one answer, `1.5;3`; a single number is halved; not said or -1:"
        " 1.5 and 3",
        "SIZELIMIT": "Entries of one page of a list; 200 if not said, or if it says more. Lists have all pages",
        "NOREFERRALS": "Is taken, and changes nothing: referrals are never followed, name all servers in `LDAPURI`",
        "PROXY": "Is taken, and changes nothing: people are found by filters, which proxies understand",
        "writable": "`True`: people may change attributes of `USERINFO` and their password here; our account needs"
        " the right to",
    }

    def __init__(self, config: ResolverConfig, context: ResolverContext) -> None:
        super().__init__(config, context)
        self._plan = read_plan(config.settings)
        self._servers = Servers(self._plan, lambda: context.secret("BINDPW"), context.clock, context.allow)

    @classmethod
    def ids_of(cls, settings: Mapping[str, str]) -> str:
        return settings.get("UIDTYPE", "").strip().lower() or DN

    async def verify(self) -> None:
        bound_link()
        if self._plan.account and not self.context.secret("BINDPW"):
            raise BadParameter(
                "BINDPW is empty: servers would take BINDDN for nobody (anonymous), and accept."
            )
        self._plan.context()

    @property
    def writable(self) -> bool:
        return self._plan.writable

    async def find(self, login: str) -> Record | None:
        if not _sendable(login):
            return None
        wanted = self._plan.one.filled(login=login, now=self._now())
        return self._known(await self._one(_Question(self._plan.base, wanted), repr(login)))

    async def get(self, userid: str) -> Record | None:
        return self._known(await self._with_id(userid))

    async def check_password(self, record: Record, password: str) -> bool:
        # RFC 4513, 5.1.2: without a password servers take anybody for nobody, and accept. A NUL ends one for libldap.
        if not password or not _sendable(password):
            return False
        entry = await self._with_id(record.userid)
        if entry is None:
            return False
        try:
            await self._servers.accepts(entry["dn"][0], password)
        except Refusal as refused:
            if refused.code in NOT_A_LOG_IN:
                return False
            raise
        return True

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        async with aclosing(self._everybody(patterns)) as people:
            async for record in people:
                if record is not None:
                    yield record

    async def try_out(self) -> AsyncIterator[Trial]:
        plan = self._plan
        for server in plan.servers:
            yield Trial(step=server.uri, problem=await self._servers.problem_with(server))
        found, unknown, problem = 0, 0, ""
        try:
            async for record in self._everybody({}):
                found += record is not None
                unknown += record is None
        except WatchwordError as trouble:
            problem = trouble.message
        if unknown and not problem:
            problem = f"{unknown} entries: {self._lacking}"
        yield Trial(step=plan.base, problem=problem, found=found)

    async def set_attributes(self, record: Record, values: Mapping[str, str]) -> None:
        changes: dict[str, list[str]] = {}
        for name, value in values.items():
            theirs = self._plan.attributes.get(name)
            if theirs is None or theirs.lower() in {self._plan.login.lower(), self._plan.userid.lower()}:
                known = ", ".join(self._plan.attributes)
                raise BadParameter(f"{name!r} is no attribute that may be changed; of {known} it is one.")
            if not _sendable(value):
                raise BadParameter(f"The value for {name!r} is no text.")
            changes[theirs] = [value] if value else []

        async def write(link: "Link", dn: str) -> None:
            await link.replace(dn, changes)

        await self._write(record, write)

    async def set_password(self, record: Record, password: str) -> None:
        if not password or not _sendable(password):
            raise BadParameter("A password must not be empty, and has no control characters.")

        async def write(link: "Link", dn: str) -> None:
            root = await link.search("", _SOMEBODY, ["supportedCapabilities"], deep=False)
            capabilities = root[0].get("supportedcapabilities", []) if root else []
            if _ACTIVE_DIRECTORY.isdisjoint(capabilities):
                await link.set_password(dn, password)
            else:
                # MS-ADTS, 3.1.1.3.1.5.1: in quotes, in UTF-16; replacing it is what an administrator may.
                await link.replace(dn, {"unicodePwd": [f'"{password}"'.encode("utf-16-le")]})

        await self._write(record, write)

    async def close(self) -> None:
        self._servers.close()

    async def _write(self, record: Record, write: "Callable[[Link, str], Awaitable[None]]") -> None:
        if not self._plan.writable:
            raise Refused(
                f"Resolver {self.config.name!r} only reads: set its writable to True to change people."
            )
        entry = await self._with_id(record.userid)
        if entry is None:
            raise NoSuchUser(f"{record.login!r} is not in resolver {self.config.name!r} any more.")
        dn = entry["dn"][0]
        try:
            await self._servers.ask(lambda link: write(link, dn))
        except Refusal as refused:
            said = f"Resolver {self.config.name!r} did not change {dn!r}: {refused.message}"
            if refused.code == NO_SUCH_OBJECT:
                raise NoSuchUser(said) from None
            if refused.code in FORBIDDEN:
                raise NotAllowed(said) from None
            if refused.code in NOT_THIS_VALUE:
                raise BadParameter(said) from None
            raise Unreachable(said) from None

    async def _with_id(self, userid: str) -> "Entry | None":
        """The entry with this id, None if there can be none."""
        plan = self._plan
        if not _sendable(userid):
            return None
        if plan.userid == DN:
            question = _Question(userid, _SOMEBODY, deep=False) if _is_below(userid, plan.base) else None
        elif plan.userid.lower() in BINARY:
            raw = _from_hexadecimal(userid)
            question = _Question(plan.base, f"({plan.userid}={escaped(raw)})") if raw else None
        else:
            question = _Question(plan.base, f"({plan.userid}={escaped(userid)})")
        return await self._one(question, f"the id {userid!r}") if question is not None else None

    async def _one(self, question: "_Question", who: str) -> "Entry | None":
        """The only entry that answers to ``who``."""
        asked, name = self._plan.asked, self.config.name
        try:
            found = await self._servers.ask(
                lambda link: link.search(question.base, question.filter, asked, deep=question.deep, most=2)
            )
        except Refusal as refused:
            if refused.code == SIZE_LIMIT:
                raise AmbiguousUser(f"More than two entries answer to {who} in resolver {name!r}.") from None
            if refused.code == INVALID_DN and not question.deep:
                return None
            raise Unreachable(f"Resolver {name!r}: {refused.message}") from None
        if len(found) > 1:
            names = " and ".join(repr(entry["dn"][0]) for entry in found)
            raise AmbiguousUser(
                f"{names} answer to {who} in resolver {name!r}: rename one, or narrow LDAPFILTER."
            )
        return found[0] if found else None

    async def _everybody(self, patterns: Mapping[str, str]) -> AsyncGenerator[Record | None]:
        """Who fits; None for each entry that is nobody, for want of a login or an id."""
        plan, fits = self._plan, matcher(patterns)
        attributes = {**plan.attributes, "username": plan.login}
        narrowed = "".join(
            fitting(attributes[name], pattern)
            for name, pattern in patterns.items()
            if name in _TEXTS and name in attributes
        )
        wanted = plan.everybody.filled(now=self._now())
        wanted = f"(&{wanted}{narrowed})" if narrowed else wanted
        try:
            async with aclosing(
                self._servers.pages(lambda link: link.pages(plan.base, wanted, plan.asked, plan.page))
            ) as pages:
                async for page in pages:
                    for entry in page:
                        record = self._record(entry)
                        if record is None or fits(record):
                            yield record
        except Unreachable as unknown:
            raise Unreachable(f"Resolver {self.config.name!r}: {unknown.message}") from None

    def _known(self, entry: "Entry | None") -> Record | None:
        """The entry as a record; one that is there and cannot be named is not nobody."""
        if entry is None:
            return None
        record = self._record(entry)
        if record is None:
            raise Unreachable(f"Resolver {self.config.name!r}, {entry['dn'][0]!r}: {self._lacking}")
        return record

    def _record(self, entry: "Entry") -> Record | None:
        plan = self._plan
        login, userid = _text(entry, plan.login), _text(entry, plan.userid)
        if not login or not userid:
            return None
        known = {name: value for name, theirs in plan.attributes.items() if (value := _text(entry, theirs))}
        return Record(userid=userid, login=login, attributes=known)

    @property
    def _lacking(self) -> str:
        return f"no {self._plan.login} or no {self._plan.userid}, or our account may not read it."

    def _now(self) -> str:
        return self._plan.now(self.context.clock.now())


class _Question(Struct, frozen=True):
    base: str
    filter: str
    deep: bool = True


def _sendable(text: str) -> bool:
    """Whether libldap can take the text whole: it ends at a NUL, and half a character cannot be written."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _text(entry: "Entry", name: str) -> str:
    """The first value; binary attributes in hexadecimal, what else is no text as empty."""
    value = next(iter(entry.get(name.lower(), ())), "")
    if isinstance(value, bytes):
        return value.hex() if name.lower() in BINARY else ""
    return str(value)


def _from_hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _is_below(name: str, base: str) -> bool:
    inner, outer = _parts(name), _parts(base)
    return len(inner) > len(outer) and inner[-len(outer) :] == outer


def _parts(name: str) -> list[str]:
    """The relative names of a DN (RFC 4514), as far as they are compared here."""
    return [part.strip().casefold() for part in _RELATIVE.findall(name)]
