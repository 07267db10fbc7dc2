"""``plugin-shapes.md``: what a plug-in may be, is given and returns, read from the classes themselves."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from watchword import plugin
from watchword.cli.reference.markdown import bullets, code, section, titled

_ABOUT = """\
What `from watchword.plugin import ...` offers, in version {version} of the interface. A class that says
`requires = ({version_pair})` is loaded by servers that have this first number and at least this second one. First steps:
[Your first token type](../tutorial/your-first-token-type.md), [Your first provider](../tutorial/your-first-provider.md)."""

_CHAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("A token type", ("TokenType", "Portrait", "Wanted", "Adjusted", "Dictated", "Example")),
    (
        "What a token type can do",
        (
            "Judging",
            "Challenging",
            "Prompting",
            "Deferred",
            "SentCode",
            "Resyncing",
            "Recognising",
            "Timed",
            "Adjustable",
            "Pinned",
            "Showing",
            "Dwindling",
        ),
    ),
    ("What it is given", ("Token", "Tools", "Form", "Settings", "Label", "Asking", "Action")),
    ("What it returns", ("Enrolled", "Shown", "Verdict", "Question", "Moment", "Message")),
    (
        "A provider",
        (
            "Provider",
            "Declared",
            "Takes",
            "Spoken",
            "ProviderContext",
            "Courier",
            "Answered",
            "Receipt",
            "Fate",
        ),
    ),
    ("A resolver", ("Resolver", "Writing", "Record", "ResolverContext", "KeptPeople", "Trial")),
)


def page() -> str:
    major, minor = plugin.PLUGIN_API
    about = _ABOUT.format(version=f"{major}.{minor}", version_pair=f"{major}, {minor}")
    return titled("Shapes of plug-ins", about) + "".join(
        section(title) + "".join(map(_class, names)) for title, names in _CHAPTERS
    )


def _class(name: str) -> str:
    """A class with its attributes and methods."""
    kind = getattr(plugin, name)
    module = ast.parse(Path(str(sys.modules[kind.__module__].__file__)).read_text("utf-8"))
    [node] = [one for one in module.body if isinstance(one, ast.ClassDef) and one.name == name]
    parts = [f"### {name}", _words(ast.get_docstring(node) or "")]
    members = bullets([*_attributes(node), *_methods(node)])
    if members:
        parts.append(members)
    return "".join(f"\n{part}\n" for part in parts if part)


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    following = [*node.body[1:], None]
    for one, after in zip(node.body, following, strict=True):
        told = ""
        if (
            isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            told = f": {_words(after.value.value)}"
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            default = f" = {ast.unparse(one.value)}" if one.value is not None else ""
            if not one.target.id.startswith("_"):
                yield code(f"{one.target.id}: {ast.unparse(one.annotation)}{default}") + told
        elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
            yield code(ast.unparse(one)) + told


def _methods(node: ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_"):
            before = "async " if isinstance(one, ast.AsyncFunctionDef) else ""
            must = any(ast.unparse(mark) == "abstractmethod" for mark in one.decorator_list)
            returns = f" -> {ast.unparse(one.returns)}" if one.returns is not None else ""
            told = _words(ast.get_docstring(one) or "")
            yield (
                code(f"{before}{one.name}({ast.unparse(one.args)}){returns}")
                + (" (must be there)" if must else "")
                + (f": {told}" if told else "")
            )


def _words(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")
