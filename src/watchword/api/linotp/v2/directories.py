"""``realms/``, ``resolvers/`` and the people in them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from watchword.api.linotp.admin.people import FIELDS
from watchword.api.linotp.directories import is_admin, realm_entry, resolver_entry
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.specs import class_spec
from watchword.api.linotp.streams import streamed, window_of
from watchword.api.linotp.v2.pages import paged, wanted_page
from watchword.directory.finding import realms_of, user_info
from watchword.errors import BadParameter, NoSuchResolver, NoSuchUser
from watchword.model.configuration import MANAGED
from watchword.model.person import Person, Subject
from watchword.web.administrators.rights import READ, USER_LIST
from watchword.web.administrators.unanswered import Unanswered, note_unanswered
from watchword.web.call import Call

_PAGE = 50
_FAILED = HTTPStatus.BAD_REQUEST
"""What a list of people says of an order or a page that it does not know (LinOTP: 500)."""
_CAMEL = {"userId": "userid", "givenName": "givenname"}
_USER = (
    "userId",
    "givenName",
    "surname",
    "email",
    "mobile",
    "phone",
    "username",
    "resolverName",
    "resolverClass",
)


async def realms(call: Call) -> Answer:
    """All realms."""
    call.permit(READ)
    configuration, kinds = call.snapshot.configuration, call.house.kinds
    entries = [realm_entry(realm, configuration, kinds) for realm in configuration.realms.values()]
    return Reply(
        [
            {
                "name": entry["realmname"],
                "entry": entry["entry"],
                "userIdResolvers": entry["useridresolver"],
                "default": entry["realmname"] == configuration.default_realm,
                "admin": entry["admin"],
            }
            for entry in entries
        ]
    )


async def resolvers(call: Call) -> Answer:
    """All resolvers, and which realms use them."""
    call.permit(READ)
    configuration, kinds = call.snapshot.configuration, call.house.kinds
    listed = []
    for name, config in configuration.resolvers.items():
        entry = resolver_entry(config, configuration, kinds)
        listed.append(
            {
                "name": name,
                "entry": entry["entry"],
                "type": entry["type"],
                "spec": entry["spec"],
                "immutable": config.immutable,
                "readonly": True if config.kind == MANAGED else None,
                "admin": is_admin(config, configuration),
                "realms": list(realms_of(Subject(name, ""), configuration)),
            }
        )
    return Reply(listed)


async def realm_users(call: Call) -> Answer:
    """The people of a realm who fit; nobody, where there is no such realm."""
    realm = call.parts["realm"].strip().lower()
    call.permit(USER_LIST, (realm,))
    unanswered: Unanswered = {}
    people = _people(call, realm=realm, unanswered=unanswered)
    answer = await streamed(_records(call, people), window_of(call.params), unanswered)
    note_unanswered(call, unanswered)
    return answer


async def resolver_users(call: Call) -> Answer:
    """The people of a resolver who fit, in pages."""
    name = _resolver(call)
    sent = call.params
    by = sent.text("sortBy", "username")
    if by not in _USER:
        raise BadParameter(f"Users are not sorted by {by!r}, but by one of {', '.join(_USER)}.")
    records = [record async for record in _records(call, _people(call, resolver=name))]
    records.sort(key=lambda record: str(record[by] or ""), reverse=sent.text("sortOrder").lower() == "desc")
    wanted = wanted_page(sent, _PAGE)
    start = wanted.number * wanted.size
    return paged(wanted, len(records), records[start : start + wanted.size] if wanted.size else records)


async def resolver_user(call: Call) -> Answer:
    """One person."""
    name = _resolver(call)
    userid = call.parts["userid"]
    person = await call.house.directory.owner(Subject(name, userid), call.snapshot.configuration)
    if person is None:
        raise NoSuchUser(f"There is no user with the id {userid!r} in {name}.")
    return Reply(_record(call, person))


def _resolver(call: Call) -> str:
    """The resolver in the path, if there is one and its people may be seen."""
    name, configuration = call.parts["resolver"], call.snapshot.configuration
    call.permit(USER_LIST, realms_of(Subject(name, ""), configuration))
    if name not in configuration.resolvers:
        raise NoSuchResolver(f"There is no resolver {name!r}.")
    return name


def _people(
    call: Call, *, realm: str = "", resolver: str = "", unanswered: Unanswered | None = None
) -> AsyncIterator[Person]:
    sent = call.params
    patterns = {name: sent.text(name) for name in FIELDS if sent.text(name)}
    patterns |= {name: sent.text(camel) for camel, name in _CAMEL.items() if sent.text(camel)}
    return call.house.directory.search(
        patterns, call.snapshot.configuration, realm=realm, resolver=resolver, unanswered=unanswered
    )


async def _records(call: Call, people: AsyncIterator[Person]) -> AsyncGenerator[Mapping[str, Any]]:
    term = call.params.text("searchTerm").strip("*").casefold()
    async for person in people:
        if not term or _has(person, term):
            yield _record(call, person)


def _has(person: Person, term: str) -> bool:
    return any(term in value.casefold() for value in user_info(person).values())


def _record(call: Call, person: Person) -> dict[str, Any]:
    info, resolver = user_info(person), person.subject.resolver
    shown = {camel: info.get(_CAMEL.get(camel, camel)) or None for camel in _USER[:-2]}
    spec = class_spec(call.house.kinds, call.snapshot.configuration, resolver)
    return {**shown, "resolverName": resolver, "resolverClass": spec}


DOORS = (
    Door("/api/v2/realms/", "G", realms),
    Door("/api/v2/realms/{realm}/users", "G", realm_users, failed=_FAILED),
    Door("/api/v2/resolvers/", "G", resolvers),
    Door("/api/v2/resolvers/{resolver}/users", "G", resolver_users, failed=_FAILED),
    Door("/api/v2/resolvers/{resolver}/users/{userid}", "G", resolver_user, failed=_FAILED),
)
