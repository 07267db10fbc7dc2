"""Realms: ordered lists of resolvers, and which of them is the default."""

import re
from collections.abc import Iterable

from watchword.errors import BadParameter, Refused
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER, Configuration, Realm
from watchword.policy.circumstances import Administrator
from watchword.storage.promises import Unit

_NAME = re.compile(r"[a-z0-9_.\-]{1,255}", re.ASCII)


class Realms:
    """Makes, changes and removes realms."""

    async def put(
        self, unit: Unit, name: str, resolvers: Iterable[str], *, administrator: Administrator | None = None
    ) -> Realm:
        """The realm with exactly these resolvers, made or changed.

        ``administrator`` is who does it: nobody may take the ground from under their own feet.
        """
        configuration = await unit.configuration.held()
        realm = checked(Realm(name=plain_name(name), resolvers=tuple(resolvers)), configuration)
        if realm.name == ADMIN_REALM and administrator is not None:
            before = configuration.realms.get(realm.name, realm)
            if administrator.resolver in set(before.resolvers) - set(realm.resolvers):
                raise Refused(
                    f"Your own account is in {administrator.resolver}: let an administrator of another resolver "
                    f"remove it from {ADMIN_REALM}."
                )
        await unit.configuration.put_realm(realm)
        return realm

    async def remove(self, unit: Unit, name: str) -> bool:
        """Remove the realm, from its tokens too; False if there is none of this name."""
        configuration = await unit.configuration.held()
        wanted = name.strip().lower()
        if wanted == ADMIN_REALM:
            raise Refused(f"The administrators' realm {ADMIN_REALM} cannot be removed.")
        if wanted not in configuration.realms:
            return False
        await unit.configuration.remove_realm(wanted)
        return True

    async def set_default(self, unit: Unit, name: str) -> bool:
        """Make this realm the default one, or none if the name is empty; False if there is no such realm."""
        configuration = await unit.configuration.held()
        wanted = name.strip().lower()
        if wanted and wanted not in configuration.realms:
            return False
        await unit.configuration.set_default_realm(wanted)
        return True


def plain_name(name: str) -> str:
    """The name as it is kept: lower case, blanks as dashes; BadParameter for other characters."""
    plain = name.strip().lower().replace(" ", "-")
    if not _NAME.fullmatch(plain):
        raise BadParameter("The name of a realm has letters, digits, dots, dashes and underscores only.")
    return plain


def checked(realm: Realm, configuration: Configuration) -> Realm:
    """The realm, if this configuration can hold it."""
    if not realm.resolvers:
        raise BadParameter(f"The realm {realm.name} needs at least one resolver.")
    for resolver in realm.resolvers:
        if resolver not in configuration.resolvers:
            raise BadParameter(f"The realm {realm.name} cannot hold {resolver!r}: no resolver has this name.")
        if realm.resolvers.count(resolver) > 1:
            raise BadParameter(f"The realm {realm.name} names {resolver} twice.")
    if realm.name == ADMIN_REALM and ADMIN_RESOLVER not in realm.resolvers:
        raise Refused(
            f"{ADMIN_RESOLVER} cannot be removed from {ADMIN_REALM}: it is the way in that always works."
        )
    return realm
