"""Runs a file of LinOTP's form: while it runs, and in what it defines, ``linotp`` leads to the bridge; nowhere else.

The file's own ``import`` is another one. `sys.modules` stays as it is, so that no other code, plug-ins included, ever
finds a ``linotp`` that is none.
"""

import ast
import builtins
import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from watchword.errors import Misconfigured
from watchword.plugin.bridge.names import FAMILIES, modules
from watchword.plugin.bridge.tokenclass import TokenClass


def is_of_linotp(source: bytes) -> bool:
    """Whether the file imports anything of ``linotp``, read without running it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False  # running it says what is wrong
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        if any(name.partition(".")[0] == "linotp" for name in names):
            return True
    return False


def run_classes(path: Path, source: bytes) -> tuple[type[TokenClass], ...]:
    """The public token classes that the file defines; `Misconfigured` if it cannot be run, or has none."""
    module = ModuleType(f"watchword_plugins.{path.stem}_{hashlib.sha256(source).hexdigest()[:12]}")
    module.__file__ = str(path)
    vars(module)["__builtins__"] = {**vars(builtins), "__import__": _importer(path)}
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except (
        Exception,
        SystemExit,
    ) as broken:  # whatever a stranger's file does wrong, the operator needs its name
        del sys.modules[module.__name__]
        raise Misconfigured(
            f"The token class {path} cannot be loaded: {type(broken).__name__}: {broken}"
        ) from broken
    found = tuple(
        value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, TokenClass)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    )
    if not found:
        raise Misconfigured(
            f"The file {path} imports linotp, but defines no public class that inherits TokenClass."
        )
    return found


def _importer(path: Path) -> Any:
    known = modules()

    def load(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: A002
        top = name.partition(".")[0]
        if level or top not in FAMILIES:
            return builtins.__import__(name, globals, locals, fromlist, level)
        module = known.get(name)
        if module is None:
            raise ImportError(
                f"{name} is no module that {path.name} finds here; there are {', '.join(known)}"
            )
        for wanted in fromlist or ():
            if wanted != "*" and not hasattr(module, wanted):
                raise ImportError(
                    f"{name} has no {wanted} here; it has {', '.join(sorted(_public(module))) or 'nothing'}"
                )
        return module if fromlist else known[top]

    return load


def _public(module: ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("__")]
