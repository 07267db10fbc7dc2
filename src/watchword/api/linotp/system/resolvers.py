"""``getResolvers``, ``setResolver`` and their kin; ``/admin/testresolver``."""

from watchword.api.linotp.directories import data_of, is_admin, resolver_entry, type_of
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.specs import spec
from watchword.api.linotp.system.rights import READ, WRITE
from watchword.errors import BadParameter, MissingParameter, WatchwordError
from watchword.model.configuration import MANAGED, ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.web.call import Call


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
    """Ask a stored resolver for its people: whether it answers, and how many there are. Any administrator may."""
    name = call.params.need("name")
    call.note.action_detail = name
    configuration = call.snapshot.configuration
    if name not in configuration.resolvers:
        raise BadParameter(f"There is no resolver {name!r}: store it first.")
    rows = 0
    try:
        async for _ in call.house.directory.search({}, configuration, resolver=name):
            rows += 1
    except WatchwordError as trouble:
        call.note.success = False
        return Reply({"result": False, "desc": {"rows": rows, "err_string": trouble.message}})
    return Reply({"result": True, "desc": {"rows": rows, "err_string": ""}})


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
    raise BadParameter(
        f"A {dialect_type} of its own is not supported: import its people with tools/import_users."
    )


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
