"""Finds what is installed (token types, resolvers, providers, methods): one file each, no registering, no names in the core.

A plug-in is code with our keys in reach. Folders are named by the operator, nobody else may be able to write into
them, and each foreign file is known by the digest of what was really run.
"""

import hashlib
import importlib
import pkgutil
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from inspect import isabstract
from pathlib import Path
from types import MappingProxyType, ModuleType

from watchword.errors import Misconfigured, NoSuchProvider, NoSuchResolver, NoSuchTokenType
from watchword.model.message import Channel
from watchword.plugin.methods import Method
from watchword.plugin.providers import Provider
from watchword.plugin.shapes import Resolver, TokenType

ENTRY_POINTS = "watchword.plugins"
"""The entry-point group in which an installed package names the modules that are its plug-ins."""

_SAID: dict[type, tuple[tuple[str, type], ...]] = {
    TokenType: (("name", str), ("label", str), ("prefix", str), ("title", str)),
    Resolver: (("kind", str), ("dialect_type", str), ("dialect_class", str)),
    Provider: (("names", tuple), ("channel", Channel), ("title", str), ("settings", tuple)),
    Method: (("name", str), ("title", str), ("level", int)),
}
"""Each shape, and what its classes must say."""


class Kinds:
    """All kinds that are installed, for reading. Iterates over the token types by name."""

    def __init__(
        self,
        token_types: Iterable[TokenType] = (),
        resolvers: Iterable[type[Resolver]] = (),
        providers: Iterable[type[Provider]] = (),
        digests: Mapping[str, str] = MappingProxyType({}),
        methods: Iterable[Method] = (),
    ) -> None:
        self._types = {kind.name: kind for kind in sorted(token_types, key=lambda kind: kind.name)}
        self.resolvers = MappingProxyType(
            {kind.kind: kind for kind in sorted(resolvers, key=lambda kind: kind.kind)}
        )
        """By kind, as our configuration says it."""
        self.providers = tuple(sorted(providers, key=lambda kind: (kind.channel, kind.names[0])))
        """By channel and first name."""
        self._providers = {(kind.channel, name): kind for kind in self.providers for name in kind.names}
        self.methods = MappingProxyType(
            {method.name: method for method in sorted(methods, key=lambda method: method.name)}
        )
        """By name, which is their acr."""
        self.digests = MappingProxyType(dict(digests))
        """File of each foreign plug-in -> SHA-256 of it, in hexadecimal."""

    def __iter__(self) -> Iterator[TokenType]:
        return iter(self._types.values())

    @property
    def token_types(self) -> tuple[TokenType, ...]:
        """By name."""
        return tuple(self._types.values())

    def token_type(self, name: str) -> TokenType:
        """The token type of this name in any case, or `NoSuchTokenType`."""
        kind = self._types.get(name) or self._types.get(name.lower())
        if kind is None:
            raise NoSuchTokenType(f"No token type {name!r} is installed; there are {', '.join(self._types)}.")
        return kind

    @property
    def default(self) -> TokenType:
        """What is enrolled when a request names no type, or `NoSuchTokenType`."""
        for kind in self:
            if kind.prepared_by_default:
                return kind
        raise NoSuchTokenType("No installed token type is enrolled by default: name one.")

    def resolver(self, kind: str) -> type[Resolver]:
        """The resolver of this kind, or `NoSuchResolver`."""
        found = self.resolvers.get(kind)
        if found is None:
            raise NoSuchResolver(f"No resolver {kind!r} is installed; there are {', '.join(self.resolvers)}.")
        return found

    def resolvers_of(self, dialect_type: str) -> tuple[type[Resolver], ...]:
        """Those that LinOTP's dialect calls by this type, in any case; several kinds may share one."""
        return tuple(kind for kind in self.resolvers.values() if kind.dialect_type == dialect_type.lower())

    def provider(self, channel: Channel, class_name: str) -> type[Provider]:
        """The channel's provider that answers to this name, or `NoSuchProvider`."""
        found = self._providers.get((channel, class_name.strip()))
        if found is None:
            there = ", ".join(kind.names[0] for kind in self.providers if kind.channel is channel)
            raise NoSuchProvider(
                f"No provider class {class_name!r} is installed for {channel}; there are {there}."
            )
        return found


def load_kinds(*packages: str, folders: Iterable[str | Path] = (), group: str = ENTRY_POINTS) -> Kinds:
    """All kinds of our own packages, of the operator's folders, and of packages that name modules in ``group``.

    Each file defines exactly one public class of a shape. `Misconfigured` names the file that does not, cannot be
    imported, takes a name that is taken, or could be changed by others.
    """
    found = _Found()
    for package in packages:
        for module in _modules_of(package):
            found.add(module)
    for folder in folders:
        for path in _files_of(Path(folder)):
            found.add_foreign(*_run(path))
    for module in _named_modules(group):
        found.add_foreign(module, hashlib.sha256(_file_of(module).read_bytes()).hexdigest())
    return found.kinds()


class _Found:
    """What was found so far, and in which file."""

    def __init__(self) -> None:
        self._types: list[TokenType] = []
        self._resolvers: list[type[Resolver]] = []
        self._providers: list[type[Provider]] = []
        self._methods: list[Method] = []
        self._digests: dict[str, str] = {}
        self._files: dict[tuple[type, str], Path] = {}

    def add(self, module: ModuleType) -> None:
        path = _file_of(module)
        kind = _one_class(module, path)
        if issubclass(kind, TokenType):
            self._take(TokenType, kind.name, path)
            if kind.prepared_by_default:
                self._take(TokenType, "(default)", path)
            self._types.append(kind())
        elif issubclass(kind, Resolver):
            self._take(Resolver, kind.kind, path)
            self._resolvers.append(kind)
        elif issubclass(kind, Method):
            self._take(Method, kind.name, path)
            self._methods.append(kind())
        else:
            for name in kind.names:
                self._take(Provider, f"{kind.channel}:{name}", path)
            self._providers.append(kind)

    def add_foreign(self, module: ModuleType, digest: str) -> None:
        self.add(module)
        self._digests[str(_file_of(module))] = digest

    def kinds(self) -> Kinds:
        return Kinds(self._types, self._resolvers, self._providers, self._digests, self._methods)

    def _take(self, shape: type, name: str, path: Path) -> None:
        first = self._files.setdefault((shape, name), path)
        if first != path:
            raise Misconfigured(
                f"The plug-in {path} takes the name {name!r}, which {first} has: rename or remove it."
            )


def _one_class(
    module: ModuleType, path: Path
) -> type[TokenType] | type[Resolver] | type[Provider] | type[Method]:
    """The one public class of a shape that the module defines, with all that its shape must say."""
    classes = {
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, (TokenType, Resolver, Provider, Method))
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
    }
    if len(classes) != 1:
        names = ", ".join(sorted(kind.__name__ for kind in classes)) or "none"
        raise Misconfigured(
            f"The plug-in {path} must define exactly one public class of TokenType, Resolver, Provider or Method, but"
            f" has: {names}."
        )
    (kind,) = classes
    unsaid = [
        name
        for shape, said in _SAID.items()
        if issubclass(kind, shape)
        for name, form in said
        if not isinstance(getattr(kind, name, None), form)
    ]
    if isabstract(kind):
        unsaid.extend(sorted(kind.__abstractmethods__))
    if unsaid:
        raise Misconfigured(f"The class {kind.__name__} of the plug-in {path} lacks {', '.join(unsaid)}.")
    if issubclass(kind, (TokenType, Method)) and kind.name != kind.name.lower():
        raise Misconfigured(f"The plug-in {path} must write its name {kind.name!r} in lower case.")
    return kind


def _modules_of(package: str) -> Iterator[ModuleType]:
    folder = importlib.import_module(package)
    for found in pkgutil.iter_modules(folder.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def _files_of(folder: Path) -> Iterator[Path]:
    """The Python files of a folder that nobody but its owner can write to; ``_name.py`` is none of them."""
    if not folder.is_dir():
        raise Misconfigured(
            f"The plug-in folder {folder} is not there: make it, or take it out of plugins.folders."
        )
    _refuse_shared(folder)
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            _refuse_shared(path)
            yield path


def _refuse_shared(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Misconfigured(f"Others than the owner can write to {path}: run chmod go-w on it.")


def _run(path: Path) -> tuple[ModuleType, str]:
    """The module of this file, and the digest of what was run.

    The file is read once, and neither bytecode beside it is trusted nor any written.
    """
    source = path.read_bytes()
    digest = hashlib.sha256(source).hexdigest()
    module = ModuleType(f"watchword_plugins.{path.stem}_{digest[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # annotations of the module's classes are looked up there
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except Exception as broken:  # whatever a stranger's file does wrong, the operator needs its name
        del sys.modules[module.__name__]
        raise _unloadable(path, broken) from broken
    return module, digest


def _named_modules(group: str) -> Iterator[ModuleType]:
    from importlib.metadata import entry_points  # slow to import

    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        where = f"{point.value} (entry point {point.name!r} of {group})"
        try:
            module = point.load()
        except Exception as broken:  # whatever a stranger's package does wrong, the operator needs its name
            raise _unloadable(where, broken) from broken
        if not isinstance(module, ModuleType):
            raise Misconfigured(f"The plug-in {where} must name a module, not something in it.")
        yield module


def _unloadable(where: Path | str, broken: Exception) -> Misconfigured:
    return Misconfigured(f"The plug-in {where} cannot be loaded: {type(broken).__name__}: {broken}")


def _file_of(module: ModuleType) -> Path:
    return Path(module.__file__ or module.__name__)
