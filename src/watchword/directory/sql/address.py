"""Where a database is: a URL, or LinOTP's parts of one.

Threat: a password that stands in an address would be kept and shown as addresses are; so none may.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from watchword.errors import BadParameter, Misconfigured

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

ADDRESS = ("Connect", "Driver", "Server", "Port", "Database", "User", "conParams", "ConnectionParams")
"""The settings that say where a database is: a URL, or LinOTP's parts of one."""

_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_ODBC = "?odbc_connect="
_DRIVER = re.compile(r"[a-z0-9]+(\+[a-z0-9_]+)?", re.ASCII)
_SECRET_PARAMETERS = frozenset({"password", "passwd", "pwd"})


def url_of(settings: Mapping[str, str], password: str) -> "URL":
    """Where these settings lead; BadParameter names the one that leads nowhere, and no password."""
    try:
        from sqlalchemy.engine import URL, make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        raise Misconfigured(
            "People in SQL databases need the package sqlalchemy: install watchword[sql]."
        ) from None

    said = {name: settings.get(name, "").strip() for name in ADDRESS}
    parameters = said["conParams"] or said["ConnectionParams"]
    if said["Connect"]:
        try:
            url = make_url(said["Connect"])
        except (ArgumentError, ValueError):
            raise BadParameter("Connect: this is no URL such as postgresql://user@host/database.") from None
        if url.password is not None:
            raise BadParameter("Connect: put the password into Password, where it is kept sealed.")
        _refuse_secrets("Connect", url.query)
        driver, query = url.drivername, dict(url.query)
    else:
        driver, odbc, _ = said["Driver"].partition(_ODBC)
        driver = driver.rstrip(":/")
        query = {"odbc_connect": _filled(parameters, said, password)} if odbc else _parameters(parameters)
        url = URL.create("none", said["User"] or None, None, said["Server"] or None, _port(said["Port"]))
        url = url.set(database=said["Database"] or None)
    if not _DRIVER.fullmatch(driver):
        setting = "Connect" if said["Connect"] else "Driver"
        raise BadParameter(f"{setting}: {driver!r} is no driver; say postgresql, mysql or sqlite.")
    if {"host", "port"} & query.keys():
        raise BadParameter("conParams: say the server in Server and Port.")
    driver = _DRIVERS.get(driver, driver)
    host = url.host or (None if driver.startswith("sqlite") else "localhost")
    return url.set(drivername=driver, host=host, password=password or None, query=query)


def _parameters(text: str) -> dict[str, Any]:
    try:
        query = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)) if text else {}
    except ValueError:
        raise BadParameter("conParams: these are not of the form name=value&name=value.") from None
    _refuse_secrets("conParams", query)
    return query


def _refuse_secrets(setting: str, query: Mapping[str, Any]) -> None:
    if _SECRET_PARAMETERS & {name.lower() for name in query}:
        raise BadParameter(f"{setting}: put the password into Password, where it is kept sealed.")


def _filled(template: str, said: Mapping[str, str], password: str) -> str:
    """ODBC's text with LinOTP's words in it; a password that stands in it in clear is refused."""
    if re.search(r"(?i)\b(pwd|server)\s*=\s*(?!\{(PASSWOR[TD]|SERVER)\})", template):
        raise BadParameter(
            "conParams: write SERVER={SERVER} and PWD={PASSWORD}, and say both in Server and Password."
        )
    words = {
        "{PORT}": said["Port"],
        "{DBUSER}": said["User"],
        "{SERVER}": said["Server"],
        "{DATABASE}": said["Database"],
        "{PASSWORT}": password,
        "{PASSWORD}": password,
    }
    return re.sub(r"\{[A-Z]+\}", lambda found: words.get(found[0], found[0]), template)


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise BadParameter(f"Port: {text!r} is no port.")
    return int(text)
