"""``getResolvers``, ``setResolver`` and their kin; ``/admin/testresolver``."""

import msgspec

from watchword.api.linotp.directories import data_of, is_admin, resolver_entry, type_of
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.specs import spec
from watchword.errors import BadParameter, MissingParameter
from watchword.model.configuration import MANAGED, ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call

_SHOWN = 500


async def get_resolvers(call: Call) -> Answer:
    """All resolvers."""
    call.permit(READ)
    configuration, kinds = call.snapshot.configuration, call.house.kinds
    return Reply(
        {
            name: resolver_entry(config, configuration, kinds)
            for name, config in configuration.resolvers.items()
        }
    )


async def get_resolver(call: Call) -> Answer:
    """One resolver with its parameters; an empty one, where there is none of this name."""
    call.permit(READ)
    name = call.params.need("resolver")
    configuration, kinds = call.snapshot.configuration, call.house.kinds
    config = configuration.resolvers.get(name)
    if config is None:
        return Reply({"type": None, "data": {}, "resolver": name})
    readonly = {"readonly": True} if config.kind == MANAGED else {}
    return Reply(
        {
            "type": type_of(config, kinds),
            "data": data_of(config),
            "resolver": name,
            "spec": spec(kinds, configuration, name),
            "admin": is_admin(config, configuration),
            "immutable": config.immutable,
            **readonly,
        }
    )


async def set_resolver(call: Call) -> Answer:
    """Make, change or rename a resolver."""
    call.permit(WRITE)
    sent = call.params
    name, dialect_type = sent.need("name"), sent.need("type")
    previous = sent.text("previous_name") or None
    kind = _kind(call, dialect_type, call.snapshot.configuration.resolvers.get(previous or ""))
    call.note.action_detail = f"{name} ({kind.dialect_type})"
    resolvers = call.house.configuring.resolvers
    try:
        prepared = await resolvers.prepare(
            call.snapshot.configuration,
            name,
            kind.kind,
            _settings(call, kind),
            previous=previous,
            readonly=sent.flag("readonly") if sent.text("readonly") else None,
        )
    except MissingParameter as missing:
        raise BadParameter(missing.message) from None
    async with call.unit() as unit:
        await resolvers.put(unit, prepared)
    return Reply(value=True)


async def del_resolver(call: Call) -> Answer:
    """Remove a resolver that no realm uses, and the people kept in it."""
    call.permit(WRITE)
    name = call.params.need("resolver")
    call.note.action_detail = name
    async with call.unit() as unit:
        removed = call.note.success = await call.house.configuring.resolvers.remove(unit, name)
    return Reply(removed)


async def test_resolver(call: Call) -> Answer:
    """Try a stored resolver out, step by step: whether it answers, and how many people are in it.

    Only a stored one, and only by whoever may see how it is configured, since this server speaks to what it names.
    """
    call.permit(READ)
    name = call.params.need("name")
    call.note.action_detail = name
    configuration, kinds = call.snapshot.configuration, call.house.kinds
    config = configuration.resolvers.get(name)
    if config is None:
        raise BadParameter(f"There is no resolver {name!r}: store it first.")
    trials = await call.house.directory.try_out(config)
    problem = " ".join(f"{trial.step}: {trial.problem}" for trial in trials if trial.problem)
    call.note.success = not problem
    call.note.info = problem
    steps = {"steps": [msgspec.structs.asdict(trial) for trial in trials]}
    if type_of(config, kinds) == "ldapresolver":
        people = [] if problem else await _first_people(call, name)
        return Reply({"result": "error" if problem else "success", "desc": problem or people}, steps)
    rows = -1 if problem else sum(trial.found for trial in trials)
    return Reply({"result": not problem, "desc": {"rows": rows, "err_string": problem}}, steps)


async def _first_people(call: Call, resolver: str) -> list[dict[str, str]]:
    """Whom the dialect shows when an LDAP directory was tried: ids, and of the first only."""
    people = call.house.directory.search({}, call.snapshot.configuration, resolver=resolver)
    shown: list[dict[str, str]] = []
    async for person in people:
        shown.append({"userid": person.subject.userid})
        if len(shown) == _SHOWN:
            break
    return shown


def _kind(call: Call, dialect_type: str, before: ResolverConfig | None) -> type[Resolver]:
    """The kind that the dialect's type means: that of the resolver that is changed, else one that can be set up."""
    kinds = call.house.kinds.resolvers_of(dialect_type)
    if not kinds:
        known = sorted({kind.dialect_type for kind in call.house.kinds.resolvers.values()})
        raise BadParameter(f"There are no resolvers of type {dialect_type!r}, but {', '.join(known)}.")
    for kind in kinds:
        if before.kind == kind.kind if before is not None else kind.kind != MANAGED:
            return kind
    if before is not None:
        raise BadParameter(f"{before.name} is no {dialect_type}, and a resolver cannot change its type.")
    raise BadParameter(f"No {dialect_type} can be set up: import its people with tools/import_users.")


def _settings(call: Call, kind: type[Resolver]) -> dict[str, str]:
    """What was sent of the kind's settings; their names count in any case."""
    exact, folded = call.params, call.params.folded()
    settings: dict[str, str] = {}
    for name in (*kind.needs, *kind.takes, *kind.secret_settings):
        value = exact.sent(name)
        if value is None:
            value = folded.sent(name.lower())
        if value is not None:
            settings[name] = value
    return settings


DOORS = (
    Door("/system/getResolvers", "GP", get_resolvers),
    Door("/system/getResolver", "GP", get_resolver),
    Door("/system/setResolver", "P", set_resolver),
    Door("/system/delResolver", "P", del_resolver),
    Door("/admin/testresolver", "P", test_resolver),
)
