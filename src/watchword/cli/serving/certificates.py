"""The server's end of TLS, for clients that show a certificate."""

import ssl

from watchword.errors import Misconfigured
from watchword.web.settings import VoiceSettings


def context(voice: VoiceSettings) -> ssl.SSLContext:
    """Shows the voice service's certificate, and takes only clients that show one of the authority's.

    `Misconfigured` names the setting whose file is not usable.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cafile=voice.client_authority)
    except OSError as broken:  # ssl.SSLError is one
        raise _unusable("client_authority", voice.client_authority, broken) from None
    try:
        context.load_cert_chain(voice.certificate, voice.key or None, password=_no_password)
    except (OSError, ValueError) as broken:
        name = "key" if voice.key and _is_there(voice.certificate) else "certificate"
        raise _unusable(name, getattr(voice, name), broken) from None
    return context


def _unusable(name: str, path: str, broken: Exception) -> Misconfigured:
    if isinstance(broken, ssl.SSLError) or not isinstance(broken, OSError):
        needed = {
            "client_authority": "certificates",
            "certificate": "a certificate with its own, unencrypted key",
            "key": "the certificate's own, unencrypted key",
        }
        return Misconfigured(
            f"The setting voice.{name} is {path!r}, which does not hold {needed[name]} as PEM."
        )
    return Misconfigured(f"The setting voice.{name} is {path!r}, which cannot be read: {broken.strerror}.")


def _is_there(certificate: str) -> bool:
    """Whether the file holds a certificate, so that the fault is the key's."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=certificate)
    except OSError:
        return False
    return True


def _no_password() -> str:
    """OpenSSL would ask for one at the terminal."""
    return ""
