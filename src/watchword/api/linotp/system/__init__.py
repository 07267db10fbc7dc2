"""LinOTP's ``/system`` calls: settings, realms, resolvers, policies."""

from watchword.api.linotp.system import policies, realms, resolvers, settings
from watchword.api.linotp.system.rights import ACTIONS

__all__ = ["ACTIONS", "DOORS"]

DOORS = (*settings.DOORS, *realms.DOORS, *resolvers.DOORS, *policies.DOORS)
