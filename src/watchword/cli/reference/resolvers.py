"""``resolvers.md``: the kinds of directory that are installed, and what each is told."""

from watchword.cli.reference.markdown import bullets, code, our_kinds, section, table, titled
from watchword.plugin.shapes import Resolver, Writing

_ABOUT = """\
Each kind is one file in `src/watchword/directory/resolvers/`, or one of yours in a folder of the setting
`plugins.folders`. A resolver is made by `system/setResolver`, whose fields are the settings below, or stands in the
configuration as a document by its kind. Secret settings are kept sealed and never shown; whoever changes a
setting that says to whom they are shown sends them again. How directories are connected:
[OpenLDAP](../how-to/openldap.md), [Active Directory](../how-to/active-directory.md)."""

_COLUMNS = ("Kind", "LinOTP's type", "Needs", "Secret", "Lists by login", "Can change people")


def page() -> str:
    kinds = our_kinds().resolvers.values()
    return titled("Resolvers", _ABOUT, table(_COLUMNS, map(_row, kinds))) + "".join(map(_section, kinds))


def _row(kind: type[Resolver]) -> tuple[str, ...]:
    return (
        code(kind.kind),
        code(kind.dialect_type),
        " ".join(map(code, kind.needs)),
        " ".join(map(code, kind.secret_settings)),
        "yes" if kind.in_order else "",
        "yes" if issubclass(kind, Writing) else "",
    )


def _section(kind: type[Resolver]) -> str:
    names = dict.fromkeys((*kind.needs, *kind.takes, *kind.secret_settings))
    settings = bullets(_setting(kind, name) for name in names)
    return section(kind.kind, settings or "It has no settings.")


def _setting(kind: type[Resolver], name: str) -> str:
    facts = [
        fact
        for fact, holds in (
            ("needed", name in kind.needs),
            ("secret", name in kind.secret_settings),
            ("a change asks for the secrets anew", name in kind.reached_by),
        )
        if holds
    ]
    about = kind.meanings.get(name, "")
    return (
        code(name)
        + (f" ({', '.join(facts)})" if facts else "")
        + (f": {about.rstrip(':')}." if about else "")
    )
