"""``userlist``: people of a realm or of a resolver."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.api.linotp.specs import spec
from watchword.api.linotp.streams import streamed, window_of
from watchword.directory.finding import realms_of, user_info
from watchword.directory.names import resolver_name
from watchword.model.person import Person, Subject
from watchword.web.administrators.rights import USER_LIST
from watchword.web.administrators.unanswered import Unanswered, note_unanswered
from watchword.web.call import Call

FIELDS = ("username", "userid", "description", "phone", "mobile", "email", "givenname", "surname", "gender")


async def userlist(call: Call) -> Answer:
    """The people whose fields fit the patterns; ``searchTerm`` is looked for in every field."""
    call.permit(USER_LIST)
    params, configuration = call.params, call.snapshot.configuration
    window = window_of(params)
    resolver, realm = resolver_name(params.text("resConf")), params.text("realm").strip().lower()
    if not realm and not resolver:
        realm = configuration.default_realm
    call.permit(USER_LIST, (realm,) if realm else realms_of(Subject(resolver, ""), configuration))
    patterns = {name: params.text(name) for name in FIELDS if params.text(name)}
    unanswered: Unanswered = {}
    people = call.house.directory.search(
        patterns, configuration, realm=realm, resolver=resolver, unanswered=unanswered
    )
    rows = _rows(call, people, params.text("searchTerm").strip("*").casefold())
    answer = await streamed(rows, window, unanswered)
    note_unanswered(call, unanswered)
    return answer


async def _rows(call: Call, people: AsyncIterator[Person], term: str) -> AsyncGenerator[Mapping[str, str]]:
    kinds, configuration = call.house.kinds, call.snapshot.configuration
    async for person in people:
        info = {**person.attributes, **user_info(person)}
        if term and not any(term in value.casefold() for value in info.values()):
            continue
        resolver = spec(kinds, configuration, person.subject.resolver)
        yield {**info, "resolver": resolver, "useridresolver": resolver}


DOORS = (Door("/admin/userlist", "GP", userlist),)
