"""LinOTP's ``/system`` calls: settings, realms, resolvers, providers, policies."""

from watchword.api.linotp.system import policies, providers, realms, resolvers, settings

__all__ = ["DOORS"]

DOORS = (*settings.DOORS, *realms.DOORS, *resolvers.DOORS, *providers.DOORS, *policies.DOORS)
