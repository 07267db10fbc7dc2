"""A real slapd on loopback, with a configuration of its own in a folder of its own."""

import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

SLAPD, SLAPADD = Path("/usr/sbin/slapd"), Path("/usr/sbin/slapadd")
BASE = "dc=example,dc=org"
PEOPLE_BASE = f"ou=people,{BASE}"
READER, WRITER = f"cn=reader,{BASE}", f"cn=writer,{BASE}"
READER_PASSWORD, WRITER_PASSWORD = "reader's secret", "writer's secret"

_SCHEMA = """
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.90 NAME 'unicodePwd' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 1.2.840.113556.1.4.159 NAME 'accountExpires' EQUALITY integerMatch ORDERING integerOrderingMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.1464 NAME 'supportedCapabilities' EQUALITY objectIdentifierMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )
attributetype ( 1.3.6.1.4.1.4203.666.1.900 NAME 'phoneNumberVerified' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.4.1.4203.666.3.900 NAME 'testPerson' SUP top AUXILIARY
  MAY ( objectGUID $ sAMAccountName $ unicodePwd $ accountExpires $ phoneNumberVerified ) )
objectclass ( 1.3.6.1.4.1.4203.666.3.901 NAME 'testRoot' SUP top AUXILIARY MAY ( supportedCapabilities ) )
"""

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/test.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
threads 4
{more}
{tls}
database mdb
suffix {base}
directory {folder}/data
dbnosync
maxsize 1073741824
index objectClass,uid,sAMAccountName,employeeNumber,entryUUID,objectGUID eq
{limits}
{access}
"""

_ACCESS = f"""
access to attrs=userPassword by dn.exact="{WRITER}" write by anonymous auth by * none
access to attrs=unicodePwd by dn.exact="{WRITER}" write by * none
access to attrs=employeeNumber by dn.exact="{WRITER}" read by dn.exact="{READER}" read by * none
access to * by dn.exact="{WRITER}" write by dn.exact="{READER}" read by * none
"""

_ASKED = re.compile(
    r' op=\d+ (?:(?P<verb>SRCH) base=.* filter="(?P<filter>.*)"|(?P<verb2>BIND|MOD|PASSMOD) dn="(?P<dn>[^"]*)"(?! mech))'
)
"""What slapd logs of a question; the line of a bind that succeeded names its mechanism."""

Entry = tuple[str, Mapping[str, object]]
"""A DN, and attributes: a text, bytes, or a list of them."""


def missing() -> str:
    """Why there can be no directory here; empty if there can."""
    try:
        import bonsai  # noqa: F401
    except ImportError:
        return "bonsai is not installed (pip install 'watchword[ldap]')"
    return "" if SLAPD.exists() and SLAPADD.exists() else f"{SLAPD} is not installed (apt-get install slapd)"


def person(login: str, password: str = "", **attributes: object) -> Entry:
    """Somebody below `PEOPLE_BASE`."""
    known = {
        "objectClass": ["inetOrgPerson", "testPerson"],
        "uid": login,
        "cn": login,
        "sn": "x",
        **attributes,
    }
    if password:
        known["userPassword"] = password
    return f"cn={_escaped(str(known['cn']))},{PEOPLE_BASE}", known


class Directory:
    """slapd with these people, which can be stopped, killed and held still. What it was asked is in its log."""

    def __init__(
        self,
        folder: Path,
        people: Iterable[Entry] = (),
        *,
        limits: str = "",
        more: str = "",
        access: str = _ACCESS,
        names: Sequence[str] = ("localhost", "127.0.0.1"),
    ) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self.authority = trustme.CA()
        self._log = folder / "slapd.log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True)
        (folder / "test.schema").write_text(_SCHEMA)
        certificate = self.authority.issue_cert(*names)
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        tls = "".join(
            f"{name} {folder}/{file}.pem\n"
            for name, file in (
                ("TLSCACertificateFile", "ca"),
                ("TLSCertificateFile", "cert"),
                ("TLSCertificateKeyFile", "key"),
            )
        )
        config = _CONFIG.format(folder=folder, base=BASE, tls=tls, limits=limits, more=more, access=access)
        (folder / "slapd.conf").write_text(config)
        with (folder / "people.ldif").open("w") as file:
            for entry in (*_tree(), *people):
                file.writelines(_ldif(*entry))
        added = subprocess.run(
            [SLAPADD, "-q", "-f", folder / "slapd.conf", "-l", folder / "people.ldif"],
            check=False,
            capture_output=True,
        )
        assert added.returncode == 0, added.stderr.decode()

    @property
    def uri(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_uri(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def authority_file(self) -> str:
        return str(self.folder / "ca.pem")

    def settings(self, **others: str) -> dict[str, str]:
        """Of a resolver for this directory."""
        return {
            "LDAPURI": self.uri,
            "LDAPBASE": PEOPLE_BASE,
            "BINDDN": READER,
            "LOGINNAMEATTRIBUTE": "uid",
            "LDAPFILTER": "(&(objectClass=inetOrgPerson)(uid=%s))",
            "LDAPSEARCHFILTER": "(uid=*)(objectClass=inetOrgPerson)",
            "USERINFO": '{"username": "uid", "givenname": "givenName", "surname": "sn", "email": "mail",'
            ' "phone": "telephoneNumber", "mobile": "mobile"}',
            "UIDTYPE": "entryUUID",
            "EnforceTLS": "False",
            **others,
        }

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    SLAPD,
                    *("-d", "stats"),
                    *("-f", self.folder / "slapd.conf"),
                    *("-h", f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"),
                ],
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls_port)) == 0:
                    return
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            time.sleep(0.02)
        raise AssertionError("slapd did not start")

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hold_still(self) -> None:
        """Connections are taken, and nothing is ever answered."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def asked(self) -> list[str]:
        """What it was asked so far, in order: ``BIND cn=...``, ``SRCH (uid=...)``, ``MOD cn=...``."""
        said = self._log.read_text(errors="replace")
        return [
            f"{found['verb'] or found['verb2']} {found['filter'] or found['dn']}"
            for found in _ASKED.finditer(said)
        ]

    def read(self, wanted: str, attribute: str) -> list[bytes]:
        """The attribute's values, as the directory holds them."""
        found = subprocess.run(
            ["ldapsearch", "-LLL", "-o", "ldif-wrap=no", *self._as_writer(), "-b", BASE, wanted, attribute],
            check=True,
            capture_output=True,
            text=True,
        )
        values = []
        for line in found.stdout.splitlines():
            name, _, value = line.partition(":")
            if name.lower() == attribute.lower():
                values.append(
                    base64.b64decode(value[1:]) if value.startswith(":") else value.strip().encode()
                )
        return values

    def _as_writer(self) -> list[str]:
        return ["-x", "-H", self.uri, "-D", WRITER, "-w", WRITER_PASSWORD]

    def change(self, ldif: str) -> None:
        """Change it as its own administrators would."""
        subprocess.run(
            ["ldapmodify", *self._as_writer()],
            input=ldif.encode(),
            check=True,
            capture_output=True,
        )


@contextmanager
def directory(folder: Path, people: Iterable[Entry] = (), **said: Any) -> Iterator[Directory]:
    """A running one; skips where there can be none."""
    if why := missing():
        pytest.skip(why)
    made = Directory(folder, people, **said)
    made.start()
    try:
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder / "data")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _tree() -> Iterator[Entry]:
    yield BASE, {"objectClass": ["dcObject", "organization", "testRoot"], "o": "Example"}
    yield PEOPLE_BASE, {"objectClass": "organizationalUnit"}
    for dn, password in ((READER, READER_PASSWORD), (WRITER, WRITER_PASSWORD)):
        role = {"objectClass": ["organizationalRole", "simpleSecurityObject"], "userPassword": password}
        yield dn, role


def _ldif(dn: str, attributes: Mapping[str, object]) -> Iterator[str]:
    yield f"dn:: {base64.b64encode(dn.encode()).decode()}\n"
    for name, values in attributes.items():
        for value in values if isinstance(values, list) else [values]:
            raw = value if isinstance(value, bytes) else str(value).encode()
            yield f"{name}:: {base64.b64encode(raw).decode()}\n"
    yield "\n"


def _escaped(value: str) -> str:
    """As a DN writes it (RFC 4514)."""
    return "".join(
        sign if sign.isalnum() else f"\\{sign.encode().hex()}" if sign.isascii() else sign for sign in value
    )
