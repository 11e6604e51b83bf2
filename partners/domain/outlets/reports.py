"""Reports of members who found an outlet closed or had their card refused."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.domain import rate_limit
from accounts.domain.rate_limit import Limit
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import id_set
from partners.models import Outlet, OutletReport, ReportKind

REPORTS_OF_MEMBER = (Limit("report.member", 5, 3600), Limit("report.member.day", 15, 24 * 3600))
MAX_COMMENT = 500


def report(*, outlet_id: int, member_id: int, kind: str, comment: str = "", now: datetime) -> OutletReport:
    """Record what a member reports of an outlet; an open report of the same kind is answered as it stands.

    Call it outside transactions: the limit must count even what is refused. Raises DomainError: unknown_outlet, bad_kind,
    bad_comment, too_many_reports (at most 5 an hour and 15 a day).
    """
    if kind not in ReportKind.values:
        raise DomainError("bad_kind", "Say what happened: closed, or the card was refused.")
    comment = comment.strip()
    if len(comment) > MAX_COMMENT or "\x00" in comment:
        raise DomainError("bad_comment", f"A comment is at most {MAX_COMMENT} characters.")
    if not Outlet.objects.filter(pk=outlet_id, is_active=True, partner__is_active=True).exists():
        raise DomainError("unknown_outlet", "There is no such outlet.")
    if not rate_limit.allow(REPORTS_OF_MEMBER, key=str(member_id), now=now):
        raise DomainError("too_many_reports", "You have sent many reports lately. Try again later.", retry_after=3600)
    made, _created = OutletReport.objects.get_or_create(
        outlet_id=outlet_id, member_id=member_id, kind=kind, settled_at=None, defaults={"comment": comment, "created_at": now}
    )
    return made


def settle(report_ids: Sequence[int], *, now: datetime) -> int:
    """Close open reports, each written down in the audit log; returns how many there were."""
    settled = 0
    with transaction.atomic():
        for one in OutletReport.objects.select_for_update(of=("self",)).filter(pk__in=id_set(report_ids), settled_at=None).order_by("pk"):
            one.settled_at = now
            one.save(update_fields=["settled_at"])
            settled += 1
    return settled
