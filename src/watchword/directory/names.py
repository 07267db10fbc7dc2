"""From what somebody typed to the name that directories are asked for.

Threat: a spelling that looks new, so that failures are counted apart or a second account is opened (a blank, a
full-width letter, an invisible character). Whatever is typed ends at one directory entry, or at nobody.
"""

import unicodedata

from watchword.model.configuration import Configuration
from watchword.model.person import UserName

LONGEST_NAME = 320
"""Characters; an e-mail address has no more (RFC 5321 section 4.5.3.1: 64 + 1 + 255)."""

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def canonical(text: str) -> str:
    """The text in NFKC without blanks around it; empty if it can be nobody's name.

    Nobody's name holds control, invisible or unassigned characters, or more than LONGEST_NAME of them.
    """
    if len(text) > LONGEST_NAME:
        return ""
    if text.isascii():
        name = text.strip()
        return name if name.isprintable() else ""
    name = unicodedata.normalize("NFKC", text).strip()
    if len(name) > LONGEST_NAME or any(unicodedata.category(letter) in _UNSEEN for letter in name):
        return ""
    return name


def login_key(login: str) -> str:
    """What two logins have in common if they differ in case, width or blanks around them only."""
    # Folding may leave what NFKC composes anew, and the other way round: twice is enough (Unicode, section 3.13).
    once = canonical(canonical(login).casefold())
    return canonical(once.casefold())


def realm_key(realm: str) -> str:
    """The realm's name as it is stored: lower case, without blanks around it; what can be no name stays as it is."""
    return (canonical(realm) or realm.strip()).lower()


def resolver_name(text: str) -> str:
    """The resolver's name in ``name``, ``name (class)`` or ``class.name``; empty only if nothing was given."""
    return text.partition("(")[0].strip().rpartition(".")[2] or text.strip()


def split(text: str, configuration: Configuration, *, realm: str = "", resolver: str = "") -> UserName:
    r"""The name in what was typed: ``user@realm`` and ``realm\user`` are parted unless ``splitAtSign`` forbids it.

    A ``realm`` given apart beats the one in the text, which then is a login as it stands; an empty one counts as
    not given.
    """
    login = text.strip()
    if not realm.strip() and configuration.flag("splitAtSign", default=True):
        if "@" in login:
            login, _, realm = login.rpartition("@")
        elif "\\" in login:
            realm, _, login = login.partition("\\")
    return UserName(
        login=login.strip(),
        realm=realm_key(realm),
        resolver=resolver_name(resolver),
    )


def readings(name: UserName, configuration: Configuration) -> tuple[UserName, ...]:
    """In which realm to look for which login, in this order; empty if the name can be nobody's.

    Where ``splitAtSign`` is off, an address that is nobody's login is read as ``user@realm`` after all, if the
    realm is known.
    """
    login = canonical(name.login)
    if not login or max(len(name.realm), len(name.resolver)) > LONGEST_NAME:
        return ()
    if name.realm or name.resolver:
        return (UserName(login=login, realm=realm_key(name.realm), resolver=name.resolver),)
    literal = UserName(login=login, realm=configuration.default_realm)
    before, _, after = login.rpartition("@")
    if configuration.flag("splitAtSign", default=True) or realm_key(after) not in configuration.realms:
        return (literal,)
    before = canonical(before)
    return (literal, UserName(login=before, realm=realm_key(after))) if before else (literal,)
