"""LinOTP's younger calls below ``/api/v2``: read-only, in pages, with HTTP statuses that mean something."""

from watchword.api.linotp.v2 import auditlog, directories

__all__ = ["DOORS"]

DOORS = (*directories.DOORS, *auditlog.DOORS)
