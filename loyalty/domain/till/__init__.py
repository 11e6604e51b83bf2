"""What tills and members at a till do: reports in their own words, spending, codes, enrolment, answers to repeated calls.

Enters: names as a till knows them (card, token, phone, the partner's customer number).
Who spends has proven it; what one call did, the same call repeats.
"""

from loyalty.domain.till.codes import issue_code, read_code
from loyalty.domain.till.enrolment import enrol
from loyalty.domain.till.holds import DEFAULT_HOLD_TTL, LEAST_HOLD_TTL, MOST_HOLD_TTL, HoldView, capture_hold, place_hold, release_hold, show_hold
from loyalty.domain.till.idempotency import MAX_IDEMPOTENCY_KEY, Answer, answer_once, fingerprint, purge_answers
from loyalty.domain.till.membership import Found, block_card, claim_card, find_for_sign_up, join, replace_card, welcome
from loyalty.domain.till.spending import (
    UNLOCKED_FOR,
    Authorisation,
    Proof,
    agree_to_hold,
    allowance,
    authorise,
    clean_used_tokens,
    decline_hold,
    holds_awaiting,
    own_hold,
    resolve_token,
    set_spend_limits,
    set_spend_lock,
    spend_requires,
    spend_settings,
)
from loyalty.domain.till.till import MemberRef, Reported, ReportedReturn, TillOrder, TillReturn, find_member, report_order, report_orders, report_return

__all__ = [
    "DEFAULT_HOLD_TTL",
    "LEAST_HOLD_TTL",
    "MAX_IDEMPOTENCY_KEY",
    "MOST_HOLD_TTL",
    "UNLOCKED_FOR",
    "Answer",
    "Authorisation",
    "Found",
    "HoldView",
    "MemberRef",
    "Proof",
    "Reported",
    "ReportedReturn",
    "TillOrder",
    "TillReturn",
    "agree_to_hold",
    "allowance",
    "answer_once",
    "authorise",
    "block_card",
    "capture_hold",
    "claim_card",
    "clean_used_tokens",
    "decline_hold",
    "enrol",
    "find_for_sign_up",
    "find_member",
    "fingerprint",
    "holds_awaiting",
    "issue_code",
    "join",
    "own_hold",
    "place_hold",
    "purge_answers",
    "read_code",
    "release_hold",
    "replace_card",
    "report_order",
    "report_orders",
    "report_return",
    "resolve_token",
    "set_spend_limits",
    "set_spend_lock",
    "show_hold",
    "spend_requires",
    "spend_settings",
    "welcome",
]
