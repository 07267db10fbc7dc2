"""Settings of the audit."""

from typing import Annotated

from msgspec import Meta, Struct


class AuditSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row of this node says."""

    server_name: Annotated[
        str,
        Meta(
            max_length=80, description="Name of this node in the audit; empty means the machine's host name"
        ),
    ] = ""
