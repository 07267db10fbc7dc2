"""Policies as a text file: one section a policy, ``key = value`` in each line.

A value of several lines goes on in lines that begin with a tab, so that a message text keeps its line breaks.
"""

from collections.abc import Iterable, Mapping

from watchword.errors import BadParameter
from watchword.model.policy import Policy
from watchword.policy.notation.values import read_flag

_KEYS = ("action", "scope", "realm", "user", "time", "client", "active", "name")


def export_text(policies: Iterable[Policy]) -> str:
    """The policies as a file that `import_text` reads."""
    return "\n".join(_section(policy) for policy in policies)


def import_text(text: str) -> list[Policy]:
    """The policies of a file, as they stand there: each is still to be checked (`saving.check`).

    Raises `errors.BadParameter` if there is none, or for a line or section that cannot be read.
    """
    sections = _sections(text)
    if not sections:
        raise BadParameter("the file holds no policy; a policy begins with a line '[name]'")
    return [_policy(name, values) for name, values in sections.items()]


def _section(policy: Policy) -> str:
    lines = [f"[{policy.name}]"]
    for key in _KEYS:
        value = str(getattr(policy, key)).replace("\n", "\n\t")
        lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def _sections(text: str) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    key = ""
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("\t") and section:
            section[key] += "\n" + line[1:]
        elif not line.strip() or line[0] in "#;":
            continue
        elif line[0] == "[" and line.rstrip().endswith("]"):
            name = line.strip()[1:-1].strip()
            if name in sections:
                raise BadParameter(f"line {number}: policy {name!r} is there twice")
            section = sections[name] = {}
        else:
            key, equal, value = line.partition("=")
            key = key.strip()
            if section is None or not equal or not key:
                raise BadParameter(f"line {number} is neither '[name]' nor 'key = value' below one")
            section[key] = value.removeprefix(" ")
    return sections


def _policy(name: str, section: Mapping[str, str]) -> Policy:
    values = {key: _unquoted(value) for key, value in section.items()}
    scope, action = values.get("scope", "").strip(), values.get("action", "")
    if not scope or not action:
        raise BadParameter(f"policy {name!r} of the file needs a scope and an action")
    active = read_flag(values.get("active", "").strip() or "True")
    if active is None:
        raise BadParameter(f"policy {name!r} of the file: active must be True or False")
    return Policy(
        name=name,
        scope=scope,
        action=action,
        realm=values.get("realm", ""),
        user=values.get("user", ""),
        client=values.get("client", ""),
        time=values.get("time", ""),
        active=active,
    )


def _unquoted(value: str) -> str:
    """Without the quotes in which some servers export a whole value; no field begins with a quote itself."""
    bare = value.strip()
    quoted = len(bare) > 1 and bare[0] in "'\"" and bare[-1] == bare[0]
    return bare[1:-1] if quoted else value
