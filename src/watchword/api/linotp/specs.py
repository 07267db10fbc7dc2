"""How the dialect names resolvers: ``useridresolver.SQLIdResolver.IdResolver.<name>``."""

from watchword.model.configuration import Configuration
from watchword.plugin.loading import Kinds

_PACKAGE = "useridresolver"


def class_spec(kinds: Kinds, configuration: Configuration, resolver: str) -> str:
    """The dialect's class of a resolver; that of nothing known where it is not configured any more."""
    config = configuration.resolvers.get(resolver)
    kind = kinds.resolvers.get(config.kind) if config is not None else None
    middle = kind.dialect_class if kind is not None else ""
    return ".".join(part for part in (_PACKAGE, middle, "IdResolver") if part)


def spec(kinds: Kinds, configuration: Configuration, resolver: str) -> str:
    """The resolver as realms and tokens name it."""
    return f"{class_spec(kinds, configuration, resolver)}.{resolver}"
