"""Whom we trust and how we show who we are: certificates in files, read when they change."""

import logging
import ssl
from functools import lru_cache
from pathlib import Path

from watchword.plugin.providers import NotSent

log = logging.getLogger(__name__)


def trust(
    server_certificate: str | bool = True, client_certificate: str = "", key: str = ""
) -> ssl.SSLContext:
    """For speaking to services that need it thus; `NotSent` names the file that is not usable.

    ``server_certificate`` is a file or folder of certificates to trust alone, true for those of the machine, false
    for anybody, which is logged.
    """
    versions = tuple(
        (path, _changed(path))
        for path in (server_certificate, client_certificate, key)
        if isinstance(path, str)
    )
    return _context(server_certificate, client_certificate, key, versions)


def _changed(path: str) -> int:
    """When the file was written last: another time, another certificate."""
    if not path:
        return 0
    try:
        return Path(path).stat().st_mtime_ns
    except OSError as missing:
        raise NotSent(f"The certificate file {path!r} cannot be read: {missing.strerror}.") from None


@lru_cache(maxsize=256)
def _context(
    server_certificate: str | bool, client_certificate: str, key: str, _versions: tuple[tuple[str, int], ...]
) -> ssl.SSLContext:
    context = _trusting(server_certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if client_certificate:
        # In TLS 1.3 we would speak before we hear that the other side does not take our certificate, and then could
        # not tell a refusal from a lost answer.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(client_certificate, key or None, password=_no_password)
        except (OSError, ValueError):  # ssl.SSLError is an OSError
            raise NotSent(
                f"{client_certificate!r} holds no certificate with its own, unencrypted key, in PEM form."
            ) from None
    return context


def _trusting(server_certificate: str | bool) -> ssl.SSLContext:
    if server_certificate is True:
        return ssl.create_default_context()
    if server_certificate is False:
        log.warning("a service is spoken to whose certificate is not verified, as its configuration wants it")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    folder = Path(server_certificate).is_dir()
    try:
        if folder:
            return ssl.create_default_context(cadata=_all_of(Path(server_certificate)))
        return ssl.create_default_context(cafile=server_certificate)
    except (OSError, ValueError):
        raise NotSent(f"{server_certificate!r} holds no certificate in PEM form.") from None


def _all_of(folder: Path) -> str:
    """All certificates of a folder; their names need not be hashes, as OpenSSL would have it."""
    texts = (path.read_text("ascii", "ignore") for path in sorted(folder.iterdir()) if path.is_file())
    return "\n".join(text for text in texts if "-----BEGIN CERTIFICATE-----" in text)


def _no_password() -> str:
    """OpenSSL would ask for one at the terminal."""
    return ""
