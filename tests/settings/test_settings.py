"""What operators say, in which place it counts, and how they are told that it cannot be used."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from watchword.errors import Misconfigured
from watchword.settings import CATALOGUE, Setting, load
from watchword.web.settings import address_of


def refusal(
    home: Path, file: str = "", flags: Mapping[str, object] = {}, variables: Mapping[str, str] = {}
) -> str:
    (home / "watchword.toml").write_text(file)
    with pytest.raises(Misconfigured) as refused:
        load({"home": home, **flags}, variables)
    return refused.value.message


def test_without_a_word_the_defaults_stand(tmp_path: Path) -> None:
    settings = load({"home": tmp_path}, {})
    assert settings.listen == "127.0.0.1:8080"
    assert settings.workers == 1
    assert settings.database == f"sqlite:///{tmp_path}/watchword.db"
    assert settings.limits.mode == "enforce"
    assert settings.web.sessions.administrator_minutes == 30


def test_a_flag_wins_over_a_variable_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "watchword.toml").write_text(
        'workers = 2\nlisten = "127.0.0.1:2"\ndatabase = "sqlite:///2"\n'
    )
    settings = load(
        {"home": str(tmp_path), "workers": 4, "listen": None},
        {"WATCHWORD_WORKERS": "3", "WATCHWORD_LISTEN": "127.0.0.1:3"},
    )
    assert (settings.workers, settings.listen, settings.database) == (4, "127.0.0.1:3", "sqlite:///2")


def test_the_home_variable_says_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "watchword.toml").write_text('[limits]\nmode = "record"\n')
    assert load(environment={"WATCHWORD_HOME": str(tmp_path)}).limits.mode == "record"


def test_one_key_of_a_section_may_come_from_the_file_and_another_from_a_variable(tmp_path: Path) -> None:
    (tmp_path / "watchword.toml").write_text("[limits]\nthreshold = 5\nbase = 7\n")
    limits = load(
        {"home": tmp_path}, {"WATCHWORD_LIMITS_BASE": "9", "WATCHWORD_LIMITS_MODE": "record"}
    ).limits
    assert (limits.threshold, limits.base, limits.mode) == (5, 9, "record")


def test_lists_are_arrays_in_the_file_and_comma_separated_in_variables(tmp_path: Path) -> None:
    (tmp_path / "watchword.toml").write_text('[proxies]\ntrusted = ["10.0.0.0/8"]\n')
    settings = load({"home": tmp_path}, {"WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8, ::1"})
    assert settings.proxies.trusted == ("10.0.0.0/8",)
    assert settings.outbound.allow == ("127.0.0.0/8", "::1")


def test_relative_plugin_folders_count_from_home(tmp_path: Path) -> None:
    settings = load({"home": tmp_path}, {"WATCHWORD_PLUGINS_FOLDERS": "ours,/opt/theirs"})
    assert settings.plugins.folders == (str(tmp_path / "ours"), "/opt/theirs")


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert load({"home": tmp_path}, {"WATCHWORD_WORKERS": "", "WATCHWORD_DATABASE_URL": ""}).workers == 1


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("0", False), ("1", True)])
def test_switches_take_the_usual_words(tmp_path: Path, text: str, value: bool) -> None:
    assert load({"home": tmp_path}, {"WATCHWORD_SESSIONS_LEGACY": text}).sessions.legacy is value


def test_variables_that_others_own_are_no_business_of_the_settings(tmp_path: Path) -> None:
    others = {
        "WATCHWORD_DEMO_ADMIN_PASSWORD": "x",
        "WATCHWORD_TEST_POSTGRES": "x",
        "WATCHWORD_SERVICE_HOST": "10.0.0.1",
        "WATCHWORD_SERVICE_PORT_HTTP": "80",
        "WATCHWORD_PORT": "tcp://10.0.0.1:80",
        "WATCHWORD_PORT_80_TCP_ADDR": "10.0.0.1",
        "PATH": "/bin",
    }
    assert load({"home": tmp_path}, others) == load({"home": tmp_path}, {})


def test_a_mistyped_variable_is_named_with_its_neighbour(tmp_path: Path) -> None:
    message = refusal(tmp_path, variables={"WATCHWORD_LIMIT_MODE": "record"})
    assert "WATCHWORD_LIMIT_MODE" in message
    assert "did you mean WATCHWORD_LIMITS_MODE?" in message


def test_a_mistyped_key_is_named_with_its_file_and_its_neighbour(tmp_path: Path) -> None:
    message = refusal(tmp_path, '[limits]\nmod = "record"\n')
    assert f"{tmp_path}/watchword.toml" in message
    assert "`limits.mod`" in message
    assert "did you mean limits.mode?" in message


def test_the_file_cannot_say_where_it_lies(tmp_path: Path) -> None:
    assert "WATCHWORD_HOME" in refusal(tmp_path, 'home = "/elsewhere"')


def test_a_file_that_is_no_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    assert "line 1" in refusal(tmp_path, "workers: 2")


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("WATCHWORD_LIMITS_MODE", "Enforce", "enforce or record"),
        ("WATCHWORD_WORKERS", "many", "a whole number from 1 to 256"),
        ("WATCHWORD_WORKERS", "0", "a whole number from 1 to 256"),
        ("WATCHWORD_LISTEN", "8080", "HOST:PORT"),
        ("WATCHWORD_LISTEN", "::1:8080", "[::1]:8080"),
        ("WATCHWORD_LISTEN", "127.0.0.1:65536", "HOST:PORT"),
        ("WATCHWORD_SESSIONS_LEGACY", "perhaps", "true or false"),
        ("WATCHWORD_OUTBOUND_ALLOW", "10.0.0.0/8,everywhere", "networks such as"),
        ("WATCHWORD_PROXIES_TRUSTED", "10.0.0.0/99", "networks such as"),
        ("WATCHWORD_POLICY_ZONE", "Mars/Olympus", "Europe/Berlin"),
        ("WATCHWORD_POLICY_ZONE", "../../etc/passwd", "Europe/Berlin"),
        ("WATCHWORD_AUDIT_SERVER_NAME", "x" * 81, "at most 80 characters"),
    ],
)
def test_a_bad_value_is_refused_with_setting_origin_and_what_is_allowed(
    tmp_path: Path, variable: str, value: str, allowed: str
) -> None:
    message = refusal(tmp_path, variables={variable: value})
    setting = next(setting for setting in CATALOGUE.values() if setting.variable == variable)
    assert f"The setting {setting.name} is {value!r} by the variable {variable}" in message
    assert allowed in message


def test_a_bad_flag_and_a_bad_line_of_the_file_are_told_apart(tmp_path: Path) -> None:
    assert "by the flag --workers" in refusal(tmp_path, flags={"workers": "x"})
    assert "watchword.toml" in refusal(tmp_path, "workers = -1")


def test_a_refused_database_is_not_shown(tmp_path: Path) -> None:
    message = refusal(tmp_path, variables={"WATCHWORD_DATABASE_URL": "mysql://root:geheim@db/x"})
    assert "geheim" not in message
    assert "postgresql://USER:PASSWORD@HOST:PORT/NAME" in message


def test_the_password_of_the_database_is_not_in_the_repr(tmp_path: Path) -> None:
    settings = load({"home": tmp_path}, {"WATCHWORD_DATABASE_URL": "postgresql://w:geheim@db/w"})
    assert "geheim" not in repr(settings)


def test_home_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="is not a folder"):
        load({"home": tmp_path / "file"}, {})


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:0", "::1", 0),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_addresses_are_read_in_both_families(listen: str, host: str, port: int) -> None:
    assert address_of(listen) == (host, port)


@pytest.mark.parametrize("setting", CATALOGUE.values(), ids=CATALOGUE)
def test_every_setting_says_what_it_means_and_takes_its_default(setting: Setting, tmp_path: Path) -> None:
    assert len(setting.meaning) > 15
    if setting.has_flag or not setting.default:
        return
    several = isinstance(setting.default, tuple)
    default = ",".join(setting.default) if several else str(setting.default)
    assert load({"home": tmp_path}, {setting.variable: default}) == load({"home": tmp_path}, {})


def test_no_two_settings_share_a_variable() -> None:
    assert len({setting.variable for setting in CATALOGUE.values()}) == len(CATALOGUE)
