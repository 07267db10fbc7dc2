"""Nouns as rows and back: one list of columns each, in one order."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from watchword.crypto.sealing import Sealed
from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.errand import Ending, Errand, Stage
from watchword.model.person import Subject
from watchword.model.token import Token
from watchword.storage.texts import json_of, kept

Row = Sequence[Any]

TOKEN = (
    "id", "serial", "kind", "resolver", "userid", "description", "active", "secret", "pin", "digits",
    "counter", "failures", "max_failures", "window", "sync_window", "attempts", "attempts_max", "successes",
    "successes_max", "valid_from", "valid_until", "info", "state", "created", "last_match", "last_success",
)  # fmt: skip

TOKEN_TYPES = (
    dict.fromkeys(TOKEN[1:], "bigint")
    | dict.fromkeys(("serial", "kind", "resolver", "userid", "description", "info", "state"), "text")
    | {"active": "smallint", "secret": "bytea", "pin": "bytea"}
)
"""The columns that a new token brings with it, and their types in PostgreSQL."""

TOKEN_REALM_TYPES = {"token_id": "bigint", "realm": "text"}

AUDIT = (
    "id", "at", "action", "success", "serial", "token_type", "user", "realm", "administrator", "action_detail",
    "info", "server", "client", "log_level", "clearance", "trace", "nonce", "mark",
)  # fmt: skip

CHALLENGE_TYPES = (
    dict.fromkeys(("id", "parent", "prompt"), "text")
    | dict.fromkeys(("token_id", "asked", "expires", "received"), "bigint")
    | {"fingerprint": "bytea", "data": "bytea", "valid": "smallint", "open": "smallint"}
)
"""The columns of a question, and their types in PostgreSQL."""
CHALLENGE = tuple(CHALLENGE_TYPES)

ERRAND_TYPES = (
    dict.fromkeys(("reference", "challenge", "channel", "providers", "stage"), "text")
    | dict.fromkeys(("provider", "reason", "their_reference"), "text")
    | dict.fromkeys(("made", "expires", "held_until", "attempts"), "bigint")
    | {"sealed": "bytea"}
)
ERRAND = tuple(ERRAND_TYPES)


def columns(names: Sequence[str], table: str = "") -> str:
    """The names for a statement; quoted, as some are words of SQL."""
    prefix = f"{table}." if table else ""
    return ", ".join(f'{prefix}"{name}"' for name in names)


def token_of(row: Row, realms: Sequence[str]) -> Token:
    """A token of the columns `TOKEN`."""
    (
        number, serial, kind, resolver, userid, description, active, secret, pin, digits,
        counter, failures, max_failures, window, sync_window, attempts, attempts_max, successes,
        successes_max, valid_from, valid_until, info, state, created, last_match, last_success,
    ) = row  # fmt: skip
    return Token(
        id=number,
        serial=serial,
        kind=kind,
        owner=None if resolver is None else Subject(resolver, userid),
        realms=tuple(realms),
        description=description,
        active=active == 1,
        secret=Sealed(secret),
        pin=None if pin is None else Sealed(pin),
        digits=digits,
        counter=counter,
        failures=failures,
        max_failures=max_failures,
        window=window,
        sync_window=sync_window,
        attempts=attempts,
        attempts_max=attempts_max,
        successes=successes,
        successes_max=successes_max,
        valid_from=valid_from,
        valid_until=valid_until,
        info=mapping_of(info),
        state=mapping_of(state),
        created=created,
        last_match=last_match,
        last_success=last_success,
    )


def token_fields(token: Token) -> dict[str, Any]:
    """A token's columns, without those that are not its own row's (`Token.realms`)."""
    owner = token.owner
    return {
        "id": token.id,
        "serial": kept(token.serial),
        "kind": kept(token.kind),
        "resolver": None if owner is None else kept(owner.resolver),
        "userid": None if owner is None else kept(owner.userid),
        "description": kept(token.description),
        "active": int(token.active),
        "secret": token.secret,
        "pin": token.pin,
        "digits": token.digits,
        "counter": token.counter,
        "failures": token.failures,
        "max_failures": token.max_failures,
        "window": token.window,
        "sync_window": token.sync_window,
        "attempts": token.attempts,
        "attempts_max": token.attempts_max,
        "successes": token.successes,
        "successes_max": token.successes_max,
        "valid_from": token.valid_from,
        "valid_until": token.valid_until,
        "info": json_of(token.info),
        "state": json_of(token.state),
        "created": token.created,
        "last_match": token.last_match,
        "last_success": token.last_success,
    }


def audit_of(row: Row) -> AuditEntry:
    """An entry of the columns `AUDIT`."""
    return AuditEntry(**dict(zip(AUDIT, row, strict=True)) | {"success": row[3] == 1})


def audit_fields(entry: AuditEntry) -> tuple[Any, ...]:
    """An entry's columns but the first, which the store gives."""
    return (
        entry.at,
        kept(entry.action),
        int(entry.success),
        kept(entry.serial),
        kept(entry.token_type),
        kept(entry.user),
        kept(entry.realm),
        kept(entry.administrator),
        kept(entry.action_detail),
        kept(entry.info),
        kept(entry.server),
        kept(entry.client),
        kept(entry.log_level),
        entry.clearance,
        kept(entry.trace),
        entry.nonce,
        entry.mark,
    )


def challenge_of(row: Row, serial: str, kind: str) -> Challenge:
    """A question of the columns `CHALLENGE`, to a token with this serial and of this kind."""
    (
        identifier, _parent, prompt, token_id, asked, expires, received, fingerprint, data, valid, is_open,
    ) = row  # fmt: skip
    return Challenge(
        id=identifier,
        token_id=token_id,
        serial=serial,
        kind=kind,
        prompt=prompt,
        fingerprint=bytes(fingerprint),
        data=Sealed(data) if data else None,
        asked=asked,
        expires=expires,
        received=received,
        valid=valid == 1,
        open=is_open == 1,
    )


def challenge_fields(challenge: Challenge) -> tuple[Any, ...]:
    """A question's columns, in the order of `CHALLENGE`."""
    return (
        kept(challenge.id),
        kept(challenge.parent),
        kept(challenge.prompt),
        challenge.token_id,
        challenge.asked,
        challenge.expires,
        challenge.received,
        challenge.fingerprint,
        challenge.data,
        int(challenge.valid),
        int(challenge.open),
    )


def newest_first(challenge: Challenge) -> tuple[int, str]:
    """The key to sort questions by."""
    return -challenge.asked, challenge.id


def errand_of(row: Row) -> Errand:
    """An errand of the columns `ERRAND`."""
    fields = dict(zip(ERRAND, row, strict=True))
    providers = msgspec.json.decode(fields.pop("providers"), type=tuple[str, ...])
    stage, sealed = Stage(fields.pop("stage")), Sealed(fields.pop("sealed"))
    return Errand(providers=providers, stage=stage, sealed=sealed, **fields)


def errand_fields(errand: Errand) -> tuple[Any, ...]:
    """An errand's columns, in the order of `ERRAND`."""
    return (
        kept(errand.reference),
        kept(errand.challenge),
        kept(errand.channel),
        json_of(errand.providers),
        errand.stage.value,
        kept(errand.provider),
        kept(errand.reason),
        kept(errand.their_reference),
        errand.made,
        errand.expires,
        errand.held_until,
        errand.attempts,
        errand.sealed,
    )


def ending_fields(ending: Ending) -> tuple[str, ...]:
    """The columns ``reference``, ``stage``, ``reason`` and ``their_reference`` of an errand that has ended."""
    return kept(ending.reference), ending.stage.value, kept(ending.reason), kept(ending.their_reference)


def mapping_of(text: str) -> dict[str, Any]:
    """What `json_of` wrote."""
    return msgspec.json.decode(text, type=dict[str, Any]) if text != "{}" else {}


def sealed_json(secrets: Mapping[str, Sealed]) -> str:
    return json_of({name: base64.b64encode(sealed).decode() for name, sealed in secrets.items()})


def sealed_of(text: str) -> dict[str, Sealed]:
    return {name: Sealed(base64.b64decode(value)) for name, value in mapping_of(text).items()}
