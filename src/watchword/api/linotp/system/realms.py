"""``getRealms``, ``setRealm``, ``delRealm`` and the default realm."""

from watchword.api.linotp.directories import realm_entries
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.specs import spec
from watchword.errors import BadParameter
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call


async def get_realms(call: Call) -> Answer:
    """All realms, or the one that is named; all of them, too, where there is none of that name."""
    call.permit(READ)
    entries = realm_entries(call.snapshot.configuration, call.house.kinds)
    named = call.params.text("realm").strip().lower()
    return Reply({named: entries[named]} if named in entries else entries)


async def get_default_realm(call: Call) -> Answer:
    """The default realm; all realms, where none is the default."""
    call.permit(READ)
    configuration = call.snapshot.configuration
    entries = realm_entries(configuration, call.house.kinds)
    default = configuration.default_realm
    return Reply({default: entries[default]} if default in entries else entries)


async def set_realm(call: Call) -> Answer:
    """Make a realm of exactly these resolvers."""
    call.permit(WRITE)
    name, _ = call.params.need_sent("realm"), call.params.need_sent("resolvers")
    specs = [text.strip() for listed in call.params.list("resolvers") for text in listed.split(",")]
    names = [_resolver(call, text) for text in specs if text]
    call.note.realm = name.strip().lower()
    call.note.action_detail = ", ".join(names)
    async with call.unit() as unit:
        await call.house.configuring.realms.put(unit, name, names, administrator=call.who)
    return Reply(value=True)


async def del_realm(call: Call) -> Answer:
    """Remove a realm; its tokens and users stay."""
    call.permit(WRITE)
    name = call.params.need_sent("realm")
    call.note.realm = name.strip().lower()
    async with call.unit() as unit:
        removed = call.note.success = await call.house.configuring.realms.remove(unit, name)
    return Reply({"delRealm": {"result": removed}})


async def set_default_realm(call: Call) -> Answer:
    """Make a realm the default one; without a name there is none any more, and the answer is false."""
    call.permit(WRITE)
    name = call.params.text("realm").strip()
    call.note.realm = name.lower()
    async with call.unit() as unit:
        found = await call.house.configuring.realms.set_default(unit, name)
        call.note.success = found
    return Reply(found and bool(name))


def _resolver(call: Call, text: str) -> str:
    """The name of the resolver with this spec."""
    configuration, name = call.snapshot.configuration, text.rpartition(".")[2]
    if name not in configuration.resolvers or spec(call.house.kinds, configuration, name) != text:
        raise BadParameter(f"No resolver is {text!r}; system/getResolvers lists them as `spec`.")
    return name


DOORS = (
    Door("/system/getRealms", "GP", get_realms),
    Door("/system/getDefaultRealm", "GP", get_default_realm),
    Door("/system/setRealm", "P", set_realm),
    Door("/system/delRealm", "P", del_realm),
    Door("/system/setDefaultRealm", "P", set_default_realm),
)
