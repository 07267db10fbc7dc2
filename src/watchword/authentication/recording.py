"""Puts a case into words: the outcome for the door, the trace and the audit row for whoever asks why."""

import msgspec

from watchword.authentication import actions
from watchword.authentication.candidates import Candidate
from watchword.authentication.case import Case
from watchword.authentication.telling import details
from watchword.model.attempt import Consideration, Outcome, Result, Trace
from watchword.model.audit import AuditEntry
from watchword.model.token import Token
from watchword.plugin.loading import Kinds

_json = msgspec.json.Encoder().encode
_LONGEST_LIST = 30
"""Characters of a list of serials in the audit, as the dialect cuts it."""


def outcome_of(case: Case, *, accepted: bool, why: str, winner: Candidate | None = None) -> Outcome:
    """What the case comes to, with its trace and what policies let the caller know."""
    token = winner.token if winner is not None else None
    asked = actions.DETAIL_ON_SUCCESS if accepted else actions.DETAIL_ON_FAIL
    told = case.ask(asked)
    label = winner.kind.label if winner is not None else ""
    return Outcome(
        result=Result.YES if accepted else Result.NO,
        why=why,
        person=case.person,
        token=token,
        parts=(len(winner.pin), len(winner.otp)) if winner is not None else (0, 0),
        trace=trace_of(case),
        detail=details(case.person, token, label, case.who.realm, accepted=accepted, why=why) if told else {},
    )


def entry_of(case: Case, outcome: Outcome, tokens: tuple[Token, ...], kinds: Kinds) -> AuditEntry:
    """The audit row, not yet signed. ``tokens`` are those that the answer was held against."""
    attempt = case.attempt
    named = attempt.user
    person = case.person
    return AuditEntry(
        at=case.now,
        action=attempt.action,
        success=outcome.accepted,
        serial=" ".join(token.serial for token in tokens)[:_LONGEST_LIST]
        if len(tokens) > 1
        else "".join(token.serial for token in tokens),
        token_type=kinds.token_type(tokens[0].kind).label if len(tokens) == 1 else "",
        user=person.login if person is not None else named.login if named is not None else "",
        realm=person.realm if person is not None else case.who.realm,
        administrator="''",
        action_detail=outcome.why,
        client=attempt.client,
        trace=_json(outcome.trace).decode(),
    )


def trace_of(case: Case) -> Trace:
    """Why it came so: who was recognised, which tokens were candidates, which policy said what."""
    person = case.person
    considered = [
        Consideration(
            serial=one.token.serial,
            kind=one.token.kind,
            verdict="accepted" if one.accepted else "waited" if case.waited else "refused",
            why="" if case.waited else one.why,
        )
        for one in case.candidates
    ]
    considered += [
        Consideration(serial=one.token.serial, kind=one.token.kind, verdict="dropped", why=one.why)
        for one in case.dropped
    ]
    return Trace(
        recognised=f"{person.login}@{person.realm} ({person.subject.resolver})" if person is not None else "",
        tokens=tuple(considered),
        policies=dict(case.spoke),
        limit=f"{case.bucket.failures} failures" if case.bucket.failures else "",
    )
