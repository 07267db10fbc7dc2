"""What happened: one row of the audit."""

from msgspec import Struct


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One row. Texts never hold a PIN, code, password or seed.

    ``mark`` binds the content by a keyed hash (`watchword.audit`); ``nonce`` makes every row unique.
    """

    id: int = 0
    at: int = 0
    action: str = ""
    success: bool = False
    serial: str = ""
    token_type: str = ""
    user: str = ""
    realm: str = ""
    administrator: str = ""
    action_detail: str = ""
    info: str = ""
    server: str = ""
    client: str = ""
    log_level: str = "INFO"
    clearance: int = 0
    trace: str = ""
    """JSON of the gate's trace, for the page that explains a decision."""
    nonce: bytes = b""
    mark: bytes = b""
