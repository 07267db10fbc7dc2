"""Who somebody is, behind every spelling."""

from collections.abc import Mapping

from msgspec import Struct


class UserName(Struct, frozen=True, kw_only=True):
    """A user as somebody typed it; the directory turns it into one `Person` or none."""

    login: str
    realm: str = ""
    resolver: str = ""


class Subject(Struct, frozen=True, order=True):
    """The one canonical user: everything that is counted or owned hangs on this pair.

    A token without an owner is judged under the subject ``("", serial)``.
    """

    resolver: str
    userid: str


class Person(Struct, frozen=True, kw_only=True):
    """One entry of a directory.

    ``attributes`` holds LinOTP's names (``givenname``, ``surname``, ``email``, ``mobile``, ``phone``,
    ``description``, ...) and whatever else the resolver maps; never a password or its hash.
    ``realm`` is the realm in which this person was found.
    """

    subject: Subject
    login: str
    realm: str
    attributes: Mapping[str, str] = {}
