"""Finds what is installed (token types, resolvers, providers, methods): one file each, no registering, no names in the core.

A plug-in is code with our keys in reach. Folders are named by the operator, nobody else may be able to write into
them, and each foreign file is known by the digest of what was really run.
"""

import hashlib
import importlib
import os
import pkgutil
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from inspect import isabstract
from pathlib import Path
from types import MappingProxyType, ModuleType

from watchword.errors import Misconfigured, NoSuchProvider, NoSuchResolver, NoSuchTokenType
from watchword.model.message import Channel
from watchword.plugin.bridge.adapting import bridged
from watchword.plugin.bridge.importing import is_of_linotp, run_classes
from watchword.plugin.faces import check_face
from watchword.plugin.guarding import SECONDS, guarded
from watchword.plugin.methods import Method
from watchword.plugin.providers import Provider
from watchword.plugin.shapes import Resolver, TokenType
from watchword.plugin.versions import required_by, unfit

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
        faces: Mapping[str, str] = MappingProxyType({}),
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
        """File of each foreign plug-in -> SHA-256 of it, in hexadecimal; also of its template."""
        self.faces = MappingProxyType(dict(faces))
        """Name of a token type -> the text of its template, where it brings one."""

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


def load_kinds(
    *packages: str,
    folders: Iterable[str | Path] = (),
    group: str = ENTRY_POINTS,
    allow_writable: bool = False,
    seconds: float = SECONDS,
) -> Kinds:
    """All kinds of our own packages, of the operator's folders, and of packages that name modules in ``group``.

    Each file defines exactly one public class of a shape; NAME.html beside it is its template. Token types that are
    not ours stand behind a guard, and have so many ``seconds`` for each call. `Misconfigured` names the file that
    cannot be used, takes a name that is taken, or could be changed by others (or, unless ``allow_writable``, by us).
    """
    found = _Found(seconds)
    for package in packages:
        for module in _modules_of(package):
            found.add(module)
    for folder in folders:
        for path in _files_of(Path(folder), allow_writable=allow_writable):
            source = path.read_bytes()
            _refuse_unfit(path, source)
            if is_of_linotp(source):
                found.add_bridged(path, source, allow_writable=allow_writable)
                continue
            found.add_foreign(run_file(path, source), source, _face_of(path, allow_writable=allow_writable))
    for module in _named_modules(group):
        path = _file_of(module)
        source = path.read_bytes()
        _refuse_unfit(path, source)
        found.add_foreign(module, source, _face_of(path, allow_writable=True))
    return found.kinds()


def load_class(path: Path) -> type[TokenType] | type[Resolver] | type[Provider] | type[Method]:
    """The one class of this file as it is, without a guard, its template read; for whoever tries it out."""
    source = path.read_bytes()
    _refuse_unfit(path, source)
    if is_of_linotp(source):
        raise Misconfigured(
            f"The token class {path} is of LinOTP's form and cannot say what right answers are: put it into a folder of"
            " plugins.folders, and try it in a server."
        )
    kind = _one_class(run_file(path, source), path)
    face = path.with_suffix(".html")
    if face.is_file() and issubclass(kind, TokenType):
        _checked_face(face, face.read_bytes(), kind)
    return kind


def _checked_face(path: Path, face: bytes, kind: type[TokenType]) -> str:
    try:
        text = face.decode()
    except UnicodeDecodeError:
        raise Misconfigured(f"The template {path} cannot be read: it must be a text in UTF-8.") from None
    check_face(path, text, kind)
    return text


class _Found:
    """What was found so far, and in which file."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._types: list[TokenType] = []
        self._faces: dict[str, str] = {}
        self._resolvers: list[type[Resolver]] = []
        self._providers: list[type[Provider]] = []
        self._methods: list[Method] = []
        self._digests: dict[str, str] = {}
        self._files: dict[tuple[type, str], Path] = {}

    def add(self, module: ModuleType, *, foreign: bool = False) -> type:
        path = _file_of(module)
        kind = _one_class(module, path)
        if issubclass(kind, TokenType):
            self._take(TokenType, kind.name, path)
            if kind.prepared_by_default:
                self._take(TokenType, "(default)", path)
            self._types.append(guarded(kind, self._seconds) if foreign else kind())
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

        return kind

    def add_foreign(self, module: ModuleType, source: bytes, face: bytes | None) -> None:
        path = _file_of(module)
        kind = self.add(module, foreign=True)
        self._digests[str(path)] = hashlib.sha256(source).hexdigest()
        if face is not None and issubclass(kind, TokenType):
            template = path.with_suffix(".html")
            self._faces[kind.name] = _checked_face(template, face, kind)
            self._digests[str(template)] = hashlib.sha256(face).hexdigest()

    def add_bridged(self, path: Path, source: bytes, *, allow_writable: bool) -> None:
        """The token classes of a file of LinOTP's form."""

        def read(template: Path) -> bytes:
            _refuse_shared(template)
            if not allow_writable:
                _refuse_writable(template)
            text = template.read_bytes()
            self._digests[str(template)] = hashlib.sha256(text).hexdigest()
            return text

        for inner in run_classes(path, source):
            kind = bridged(inner, path, self._seconds, read)
            self._take(TokenType, kind.name, path)
            self._types.append(kind)
        self._digests[str(path)] = hashlib.sha256(source).hexdigest()

    def kinds(self) -> Kinds:
        return Kinds(self._types, self._resolvers, self._providers, self._digests, self._methods, self._faces)

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


def _files_of(folder: Path, *, allow_writable: bool) -> Iterator[Path]:
    """The Python files of a folder that nobody but its owner can write to; ``_name.py`` is none of them."""
    if not folder.is_dir():
        raise Misconfigured(
            f"The plug-in folder {folder} is not there: make it, or take it out of plugins.folders."
        )
    _refuse_shared(folder)
    if not allow_writable:
        for place in (folder, *folder.absolute().parents):
            _refuse_writable(place)
    for path in sorted(folder.glob("*.py")):
        if not path.name.startswith("_"):
            _refuse_shared(path)
            if not allow_writable:
                _refuse_writable(path)
            yield path


def _face_of(path: Path, *, allow_writable: bool) -> bytes | None:
    """The template beside the file."""
    face = path.with_suffix(".html")
    if not face.is_file():
        return None
    _refuse_shared(face)
    if not allow_writable:
        _refuse_writable(face)
    return face.read_bytes()


def _refuse_shared(path: Path) -> None:
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Misconfigured(f"Others than the owner can write to {path}: run chmod go-w on it.")


def _refuse_writable(path: Path) -> None:
    """Whoever takes over the server shall not be able to leave code behind that it runs at its next start.

    For a server that runs as root, which can write anything, the path must be root's own. In a folder with the
    sticky bit (``/tmp``) nobody takes away what belongs to others.
    """
    found = path.stat()
    us = os.geteuid()
    if us == 0:
        ours = found.st_uid != 0
    else:
        ours = found.st_uid == us or (not found.st_mode & stat.S_ISVTX and os.access(path, os.W_OK))
    if ours:
        raise Misconfigured(
            f"{path} can be changed by the account that the server runs as (or is not root's, if that is root), so"
            " that whoever breaks into the server could make it run their code: give it to another owner"
            " (chown root), or set plugins.allow_writable where that is meant."
        )


def _refuse_unfit(path: Path, source: bytes) -> None:
    requires = required_by(source)
    why = unfit(requires) if requires is not None else ""
    if why:
        raise Misconfigured(f"The plug-in {path} {why}: install the version of it that fits.")


def run_file(path: Path, source: bytes) -> ModuleType:
    """The module that this text of the file makes. Neither bytecode beside it is trusted nor any written."""
    module = ModuleType(f"watchword_plugins.{path.stem}_{hashlib.sha256(source).hexdigest()[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # annotations of the module's classes are looked up there
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except (
        Exception,
        SystemExit,
    ) as broken:  # whatever a stranger's file does wrong, the operator needs its name
        del sys.modules[module.__name__]
        raise _unloadable(path, broken) from broken
    return module


def _named_modules(group: str) -> Iterator[ModuleType]:
    from importlib.metadata import entry_points  # slow to import

    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        where = f"{point.value} (entry point {point.name!r} of {group})"
        try:
            module = point.load()
        except (
            Exception,
            SystemExit,
        ) as broken:  # whatever a stranger's package does wrong, the operator needs its name
            raise _unloadable(where, broken) from broken
        if not isinstance(module, ModuleType):
            raise Misconfigured(f"The plug-in {where} must name a module, not something in it.")
        yield module


def _unloadable(where: Path | str, broken: BaseException) -> Misconfigured:
    return Misconfigured(f"The plug-in {where} cannot be loaded: {type(broken).__name__}: {broken}")


def _file_of(module: ModuleType) -> Path:
    return Path(module.__file__ or module.__name__)
