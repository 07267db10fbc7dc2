"""``watchword serve`` from the outside."""

import asyncio
import ctypes
import http.client
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # linux/prctl.h, linux/capability.h


def status_of(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/validate/check?user=nobody&pass=nothing")
        return connection.getresponse().status


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def refusal(run: Any) -> str:
    """The one sentence of a server that did not start."""
    assert run.lines() == []
    code, errors = run.end()
    assert code == 2
    assert errors.startswith("watchword: ")
    assert errors.count("\n") == 1
    return str(errors)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_on_an_empty_home_makes_what_it_needs_and_answers(
    serve: Callable[..., Any], tmp_path: Path, workers: str
) -> None:
    home = tmp_path / "new" / "home"
    run = serve("--home", str(home), "--workers", workers)
    assert status_of(run.port()) == 200
    assert run.end() == (0, "")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}


def test_it_writes_nowhere_but_in_its_home(serve: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    environment = {"HOME": str(tmp_path / "elsewhere"), "TMPDIR": str(tmp_path / "elsewhere")}
    run = serve("--home", str(tmp_path / "home"), environment=environment, cwd=tmp_path / "elsewhere")
    assert status_of(run.port()) == 200
    run.end()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_variables_say_what_flags_do_not(serve: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    database = tmp_path / "other.db"
    environment = {"WATCHWORD_HOME": str(home), "WATCHWORD_DATABASE_URL": f"sqlite:///{database}"}
    assert status_of(serve(environment=environment).port()) == 200
    assert database.exists()


def test_many_nodes_may_start_at_once_on_one_home(serve: Callable[..., Any], tmp_path: Path) -> None:
    runs = [serve("--home", str(tmp_path / "home")) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        ports = list(pool.map(lambda run: run.port(), runs))
    assert [status_of(port) for port in ports] == [200] * 4


def test_a_second_start_changes_nothing(serve: Callable[..., Any], home: Path) -> None:
    keys = (home / "keys.toml").read_bytes()
    for _ in range(2):
        run = serve("--home", str(home))
        assert status_of(run.port()) == 200
        assert run.end() == (0, "")
    assert (home / "keys.toml").read_bytes() == keys


def test_a_demo_loads_its_data_and_prints_one_password(serve: Callable[..., Any], tmp_path: Path) -> None:
    run = serve("--demo", "--home", str(tmp_path))
    password, listening = run.lines()
    assert password.startswith("administrator admin, password ")
    assert listening.startswith("listening on ")
    code, errors = run.end()
    assert code == 0
    assert errors.startswith("This is a demo")
    assert errors.count("\n") == 1


def test_no_demo_loads_nothing(serve: Callable[..., Any], say: Callable[..., Any], home: Path) -> None:
    serve("--home", str(home)).port()
    assert say("admin", "list", "--home", home).printed == ""
    assert "demo" not in say("config", "export", "--home", home).printed


def test_an_address_in_use_is_named(serve: Callable[..., Any], home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert f"{address} is in use" in refusal(serve("--home", str(home), listen=address))


def test_a_home_that_is_a_file_is_named(serve: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert f"{tmp_path}/file" in refusal(serve("--home", str(tmp_path / "file")))
    assert f"{tmp_path}/file/below" in refusal(serve("--home", str(tmp_path / "file/below")))


def obey_file_modes() -> None:
    """Give up root's right to pass over file modes (capabilities(7)), for what is executed next."""
    for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0)


def test_a_home_that_may_not_be_read_is_named(serve: Callable[..., Any], home: Path) -> None:
    home.chmod(0o000)
    assert str(home) in refusal(serve("--home", str(home), preexec_fn=obey_file_modes))


def test_a_home_that_may_not_be_written_is_named(serve: Callable[..., Any], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    assert str(home) in refusal(serve("--home", str(home), preexec_fn=obey_file_modes))


def test_a_folder_in_which_no_home_can_be_made_is_named(serve: Callable[..., Any], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert f"{tmp_path}/home" in refusal(serve("--home", str(tmp_path / "home"), preexec_fn=obey_file_modes))


def test_keys_that_others_may_read_are_named(serve: Callable[..., Any], home: Path) -> None:
    (home / "keys.toml").chmod(0o644)
    assert f"{home}/keys.toml" in refusal(serve("--home", str(home)))


def test_keys_of_another_house_are_named_and_change_nothing(
    serve: Callable[..., Any], home: Path, say: Callable[..., Any], tmp_path: Path
) -> None:
    say("init", "--home", tmp_path / "other")
    database = f"sqlite:///{home}/watchword.db"
    said = refusal(serve("--home", str(tmp_path / "other"), "--database", database))
    assert f"{tmp_path}/other/keys.toml does not belong to this database" in said
    assert status_of(serve("--home", str(home)).port()) == 200


def test_a_lost_key_ring_is_not_replaced_unnoticed(serve: Callable[..., Any], home: Path) -> None:
    keys = (home / "keys.toml").rename(home / "saved.toml")
    assert "does not belong to this database" in refusal(serve("--home", str(home)))
    keys.rename(home / "keys.toml")
    assert status_of(serve("--home", str(home)).port()) == 200


def test_a_file_that_is_no_database_is_named(serve: Callable[..., Any], home: Path) -> None:
    (home / "watchword.db").write_bytes(b"no database" * 1000)
    assert f"{home}/watchword.db" in refusal(serve("--home", str(home)))


def test_a_database_that_does_not_answer_is_named_without_its_password(
    serve: Callable[..., Any], home: Path
) -> None:
    url = f"postgresql://watchword:geheim@127.0.0.1:{free_port()}/watchword"
    said = refusal(serve("--home", str(home), "--database", url))
    assert "127.0.0.1" in said
    assert "geheim" not in said


@pytest.fixture
def empty_postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database in which there is nothing."""

    async def say(statement: str) -> None:
        connection = await asyncpg.connect(postgres_server)
        await connection.execute(statement)
        await connection.close()

    name = f"watchword_nodes_{os.getpid()}"
    asyncio.run(say(f"CREATE DATABASE {name}"))
    yield urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
    asyncio.run(say(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.mark.slow
def test_nodes_that_share_keys_and_database_may_start_at_once_and_others_may_not(
    serve: Callable[..., Any], empty_postgres: str, tmp_path: Path, home: Path
) -> None:
    environment = {"WATCHWORD_DATABASE_URL": empty_postgres}
    nodes = [tmp_path / "one", tmp_path / "two"]
    for node in nodes:
        node.mkdir()
        shutil.copy2(home / "keys.toml", node)
    runs = [serve("--home", str(node), environment=environment) for node in nodes]
    with ThreadPoolExecutor(2) as pool:
        ports = list(pool.map(lambda run: run.port(), runs))
    assert [status_of(port) for port in ports] == [200, 200]
    stranger = serve("--home", str(tmp_path / "three"), environment=environment)
    assert f"{tmp_path}/three/keys.toml does not belong to this database" in refusal(stranger)
    assert [status_of(port) for port in ports] == [200, 200]


@pytest.mark.slow
def test_a_database_that_is_not_there_is_named(
    serve: Callable[..., Any], postgres_server: str, home: Path
) -> None:
    url = urlsplit(postgres_server)._replace(path="/no_such_database").geturl()
    said = refusal(serve("--home", str(home), environment={"WATCHWORD_DATABASE_URL": url}))
    assert "no_such_database" in said


def test_a_plugin_folder_that_is_not_there_is_named(serve: Callable[..., Any], home: Path) -> None:
    environment = {"WATCHWORD_PLUGINS_FOLDERS": "/no/such/folder"}
    assert "/no/such/folder" in refusal(serve("--home", str(home), environment=environment))


def test_no_worker_carries_what_only_commands_need(home: Path) -> None:
    program = """
import sys
from watchword.cli.starting import start
import watchword.cli.serving
def look(at, workers, *, prepare, make_app):
    make_app()
    print(sorted({name.partition(".")[0] for name in sys.modules}))
import watchword.cli.starting as starting
starting.serve = look
start({"home": sys.argv[1]}, demo=False)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=True, env={}
    )
    loaded = set(eval(done.stdout))
    assert not loaded & {
        "cyclopts",
        "rich",
        "alembic",
        "sqlalchemy",
        "asyncpg",
        "passlib",
        "zxingcpp",
        "joserfc",
    }
