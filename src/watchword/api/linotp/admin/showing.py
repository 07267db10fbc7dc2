"""How the dialect shows a token."""

from collections.abc import Iterable
from typing import Any

import msgspec

from watchword.api.linotp.admin.dates import iso_date, plain, rfc_date, short
from watchword.api.linotp.admin.narrowing import NO_USER_INFO
from watchword.api.linotp.specs import class_spec, spec
from watchword.clock import instant
from watchword.model.configuration import Configuration
from watchword.model.token import Token
from watchword.web.administrators.choosing import label_of
from watchword.web.administrators.owners import Owners
from watchword.web.call import Call

_FAMILIAR = ("description", "userid", "username")
_LAST_ACCESS = "%d/%m/%y %H:%M"


def info_of(token: Token, configuration: Configuration, *, iso: bool = False) -> dict[str, Any]:
    """LinOTP's token info: what was said at enrolment, what was learnt since, limits that are set, and counts."""
    learnt = {name: value for name, value in token.state.items() if name in token.info}
    counts = {
        "count_auth": token.attempts,
        "count_auth_max": token.attempts_max,
        "count_auth_success": token.successes,
        "count_auth_success_max": token.successes_max,
    }
    written = plain if iso else short
    dates = {"validity_period_start": token.valid_from, "validity_period_end": token.valid_until}
    return {
        **token.info,
        **learnt,
        **{name: count for name, count in counts.items() if count},
        **{name: written(date) for name, date in dates.items() if date},
        **_last_access(token, configuration),
    }


def _last_access(token: Token, configuration: Configuration) -> dict[str, str]:
    """When the token was last used, in the form that the setting ``token.last_access`` asks for."""
    asked = configuration.text("token.last_access").strip()
    last = max(token.last_match, token.last_success)
    if not last or asked.lower() in {"", "false", "0", "no", "off"}:
        return {}
    form = _LAST_ACCESS if asked.lower() in {"true", "1", "yes", "on"} else asked
    try:
        return {"last_access": instant(last).strftime(form)}
    except ValueError:  # a form that means nothing to strftime
        return {}


def row_of(
    call: Call, token: Token, owners: Owners, fields: Iterable[str], *, parsed: bool
) -> dict[str, Any]:
    """One row of ``admin/show``. ``parsed``: the token info as an object with ISO dates, not as text."""
    kinds, configuration = call.house.kinds, call.snapshot.configuration
    info = info_of(token, configuration, iso=parsed)
    resolver = spec(kinds, configuration, token.owner.resolver) if token.owner is not None else ""
    return {
        "LinOtp.TokenId": token.id,
        "LinOtp.TokenSerialnumber": token.serial,
        "LinOtp.TokenDesc": token.description,
        "LinOtp.TokenType": label_of(kinds, token),
        "LinOtp.TokenInfo": info if parsed else (msgspec.json.encode(info).decode() if info else ""),
        "LinOtp.IdResolver": resolver.partition(".")[2],
        "LinOtp.IdResClass": resolver,
        "LinOtp.Userid": token.owner.userid if token.owner is not None else "",
        "LinOtp.OtpLen": token.digits,
        "LinOtp.MaxFail": token.max_failures,
        "LinOtp.FailCount": token.failures,
        "LinOtp.Count": token.counter,
        "LinOtp.CountWindow": token.window,
        "LinOtp.SyncWindow": token.sync_window,
        "LinOtp.Isactive": token.active,
        "LinOtp.CreationDate": rfc_date(token.created),
        "LinOtp.LastAuthSuccess": rfc_date(token.last_success),
        "LinOtp.LastAuthMatch": rfc_date(token.last_match),
        "LinOtp.RealmNames": list(token.realms),
        **{f"User.{name}": _told(token, owners, name) for name in (*_FAMILIAR, *fields)},
    }


def _told(token: Token, owners: Owners, name: str) -> str:
    if token.owner is None:
        return ""
    person = owners.get(token.owner)
    if person is None:
        return NO_USER_INFO
    if name == "username":
        return person.login
    return person.subject.userid if name == "userid" else person.attributes.get(name, "")


def record_of(call: Call, token: Token, owners: Owners) -> dict[str, Any]:
    """One token of ``/api/v2/tokens``."""
    configuration = call.snapshot.configuration
    info = info_of(token, configuration)
    return {
        "id": token.id,
        "description": token.description,
        "serial": token.serial,
        "type": token.kind,
        "creationDate": iso_date(token.created),
        "isActive": token.active,
        "realms": list(token.realms),
        "tokenConfiguration": {
            "hashLib": info.get("hashlib"),
            "timeWindow": info.get("timeWindow"),
            "timeShift": info.get("timeShift"),
            "timeStep": info.get("timeStep"),
            "countWindow": token.window,
            "syncWindow": token.sync_window,
            "otpLength": token.digits,
            "otpCounter": token.counter,
        },
        "userInfo": _user_info(call, token, owners),
        "usageData": {
            "loginAttempts": token.attempts,
            "maxLoginAttempts": token.attempts_max,
            "successfulLoginAttempts": token.successes,
            "maxSuccessfulLoginAttempts": token.successes_max,
            "lastSuccessfulLoginAttempt": iso_date(token.last_success),
            "failedLoginAttempts": token.failures,
            "maxFailedLoginAttempts": token.max_failures,
            "lastAuthenticationMatch": iso_date(token.last_match),
        },
        "validityPeriod": {
            "validityStart": iso_date(token.valid_from),
            "validityEnd": iso_date(token.valid_until),
        },
    }


def _user_info(call: Call, token: Token, owners: Owners) -> dict[str, Any] | None:
    if token.owner is None:
        return None
    person = owners.get(token.owner)
    return {
        "userId": token.owner.userid,
        "username": person.login if person is not None else None,
        "userDescription": person.attributes.get("description") if person is not None else None,
        "idResolverInfo": {
            "resolverName": token.owner.resolver,
            "resolverClass": class_spec(call.house.kinds, call.snapshot.configuration, token.owner.resolver),
        },
    }
