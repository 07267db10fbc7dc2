"""All changes of the configuration, in one hand. Each act works in the unit it is given and leaves nothing half done."""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.configuration.clients import Clients
from watchword.configuration.document import Document
from watchword.configuration.entries import Entries
from watchword.configuration.hooks import Hooks
from watchword.configuration.methods import Methods
from watchword.configuration.pieces import Pieces
from watchword.configuration.policies import Policies
from watchword.configuration.providers import Providers
from watchword.configuration.realms import Realms
from watchword.configuration.resolvers import Resolvers
from watchword.crypto.keyring import KeyRing
from watchword.directory.finding import Directory
from watchword.plugin.shapes import Adjusted, Resolver
from watchword.policy.catalogue import Catalogue
from watchword.storage.promises import Store


class Changes:
    """Who may change what is asked at the doors; here is only what can be."""

    def __init__(
        self,
        *,
        ring: KeyRing,
        store: Store,
        directory: Directory,
        resolvers: Mapping[str, type[Resolver]],
        providers: Providers,
        methods: Methods,
        catalogue: Catalogue,
        declared: Mapping[str, Adjusted] = MappingProxyType({}),
    ) -> None:
        self.entries = Entries(ring, declared)
        self.realms = Realms()
        self.resolvers = Resolvers(ring, store, directory, resolvers)
        self.pieces = Pieces(self.entries, self.resolvers, resolvers.values())
        self.providers = providers
        self.hooks = Hooks(ring)
        self.methods = methods
        self.policies = Policies(catalogue)
        self.clients = Clients(ring)
        self.document = Document(
            self.entries,
            self.resolvers,
            self.providers,
            self.hooks,
            self.methods,
            self.policies,
            self.clients,
        )
