"""A directory that is not ours, in the hands of a test: it hangs, fails, and loses people when told to."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchword.model.configuration import Realm, ResolverConfig
from watchword.storage.promises import Unit

_SOURCE = Path(__file__).parent / "plugins" / "wayward.py"


@dataclass(frozen=True)
class Elsewhere:
    """A resolver of the kind ``wayward`` and the folder behind it."""

    name: str
    folder: Path

    @staticmethod
    def plugged_in(where: Path) -> Mapping[str, str]:
        """The variables of a server with the plug-in; small bounds, so that tests need not wait long."""
        plugins = where / "plugins"
        plugins.mkdir(mode=0o700)
        shutil.copyfile(_SOURCE, plugins / _SOURCE.name)
        (plugins / _SOURCE.name).chmod(0o600)
        return {
            "WATCHWORD_PLUGINS_FOLDERS": str(plugins),
            "WATCHWORD_DIRECTORY_SECONDS": "0.3",
            "WATCHWORD_DIRECTORY_REST_AFTER": "3",
        }

    @staticmethod
    def at(where: Path, name: str, *people: str) -> "Elsewhere":
        """A directory with these people, whose ids, passwords and numbers follow from their logins."""
        folder = where / name
        folder.mkdir()
        (folder / "asked").touch()
        elsewhere = Elsewhere(name, folder)
        elsewhere.has(*people)
        elsewhere.does("")
        return elsewhere

    @property
    def config(self) -> ResolverConfig:
        return ResolverConfig(name=self.name, kind="wayward", settings={"folder": str(self.folder)})

    async def put(self, unit: Unit, realm: str) -> None:
        """Make it the only resolver of a realm."""
        await unit.configuration.put_resolver(self.config)
        await unit.configuration.put_realm(Realm(name=realm, resolvers=(self.name,)))

    def has(self, *people: str) -> None:
        """Hold these people from now on: ``login`` or ``login=id``."""
        lines = []
        for person in people:
            login, _, userid = person.partition("=")
            lines.append(f"{login} {userid or f'id-{login}'} {login}s-word +1555{len(login)}\n")
        (self.folder / "people").write_text("".join(lines))

    def does(self, what: str) -> None:
        """``hang``, ``hang at password`` (or ``find``, ``get``, ``search``), ``fail``, ``wait`` until it is told
        something else; empty: answer.
        """
        (self.folder / "does").write_text(what)

    def asked(self) -> Counter[str]:
        """How often it was asked what, since this was last looked at."""
        counts = Counter(line.split()[0] for line in (self.folder / "asked").read_text().splitlines())
        (self.folder / "asked").write_text("")
        return counts
