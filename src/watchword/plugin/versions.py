"""Which version of the shapes this server speaks, and whether a plug-in can live with it."""

import ast

PLUGIN_API = (1, 0)
"""Major and minor. What is taken away or changed raises the first, what is added the second."""


def required_by(source: bytes) -> tuple[int, int] | None:
    """The ``requires = (1, 0)`` of a class or of the file, read without running it; None if it says nothing."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None  # running it says what is wrong
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    for node in [*module.body, *(inner for one in classes for inner in one.body)]:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "requires" for target in targets):
                return _pair(node.value)
    return None


def unfit(requires: tuple[int, int]) -> str:
    """Why a plug-in that was written for this version cannot be used; empty if it can."""
    major, minor = requires
    here = ".".join(map(str, PLUGIN_API))
    if major == PLUGIN_API[0] and minor <= PLUGIN_API[1]:
        return ""
    wanted = f"{major}.{minor}" if major >= 0 else "a version that is no pair of numbers"
    return f"was written for the plug-in interface {wanted}, and this server has {here}"


def _pair(value: ast.expr) -> tuple[int, int]:
    try:
        major, minor = ast.literal_eval(value)
        return int(major), int(minor)
    except (ValueError, TypeError):
        return -1, -1
