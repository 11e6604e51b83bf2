"""Faults in who may what: keys, desks, staff, members, codes."""

from tests.mutants import Mutant

_SPENDING = "loyalty/domain/till/spending.py"
_PEOPLE = "partners/domain/people.py"
_ACCESS = "partners/views/desk/access.py"
_ROLES = "loyalty/domain/programme/roles.py"
_AUTHORISE = "tests/loyalty/domain/till/test_spend_authorise.py"

MUTANTS = [
    Mutant(
        "key_without_the_scope_may_call",
        "loyalty/api/permissions.py",
        old="    if not key.may(scope):",
        new="    if not scope:",
        killed_by="tests/loyalty/api/test_record_order.py::test_spending_needs_its_own_scope",
    ),
    Mutant(
        "revoked_key_works",
        "partners/domain/api_key.py",
        old='    if key.revoked:\n        raise DomainError("key_revoked", "This',
        new='    if not key.prefix:\n        raise DomainError("key_revoked", "This',
        killed_by="tests/partners/api/test_api_key.py::test_a_revoked_or_expired_key_and_one_of_a_partner_who_left_are_refused",
    ),
    Mutant(
        "key_works_at_its_end",
        "partners/domain/api_key.py",
        old='key.expiry_date <= now:\n        raise DomainError("key_expired", "This',
        new='key.expiry_date < now:\n        raise DomainError("key_expired", "This',
        killed_by="tests/partners/api/test_api_key.py::test_a_rotated_key_works_beside_its_successor_for_the_overlap",
    ),
    Mutant(
        "any_seat_opens_every_desk",
        "partners/domain/desk/people.py",
        old=".filter(user_id=user_id, partner__slug=slug).first()",
        new=".filter(partner__slug=slug).first()",
        killed_by="tests/partners/desk/test_access.py::test_another_partners_desk_does_not_exist",
    ),
    Mutant(
        "viewer_may_edit",
        _ACCESS,
        old="            if not desk.may(needs):",
        new="            if not desk.may(DeskRole.VIEWER):",
        killed_by="tests/partners/desk/test_access.py::test_a_role_covers_itself_and_those_before",
    ),
    Mutant(
        "last_manager_may_leave",
        "partners/domain/desk/people.py",
        old="if seat.role == DeskRole.MANAGER and not others.exists():",
        new="if seat.role == DeskRole.VIEWER and not others.exists():",
        killed_by="tests/partners/desk/test_people.py::test_the_last_manager_stays",
    ),
    Mutant(
        "catalogue_editor_gives_terms",
        _ROLES,
        old="    CATALOGUE_EDITOR: (*_READ_CATALOGUE, *_CATALOGUE,",
        new="    CATALOGUE_EDITOR: (*_READ_CATALOGUE, *_TERMS, *_CATALOGUE,",
        killed_by="tests/loyalty/admin/test_terms_page.py::test_a_catalogue_editor_changes_partners_but_gives_no_terms",
    ),
    Mutant(
        "marketing_adjusts_points",
        _ROLES,
        old='*_READ_CATALOGUE, *_MESSAGES, "loyalty.view_programme",',
        new='*_READ_CATALOGUE, *_MESSAGES, "loyalty.adjust_points", "accounts.view_member", "loyalty.view_programme",',
        killed_by="tests/loyalty/admin/test_adjust.py::test_other_roles_may_not",
    ),
    Mutant(
        "staff_adjust_their_own_points",
        "loyalty/domain/ledger/adjustments.py",
        old="    if Member.objects.filter(pk=member_id, user_id=actor_id).exists():",
        new="    if Member.objects.filter(pk=member_id, user_id=-1).exists():",
        killed_by="tests/loyalty/admin/test_adjust.py::test_nobody_adjusts_their_own_points",
    ),
    Mutant(
        "administrator_changes_a_superuser",
        "accounts/admin/user.py",
        old="(obj.is_superuser and not request.user.is_superuser)",
        new="(obj.is_superuser and not request.user.is_staff)",
        killed_by="tests/loyalty/admin/test_users.py::test_nobody_raises_themselves_or_touches_a_superuser",
    ),
    Mutant(
        "anothers_order_can_be_read",
        "loyalty/domain/cabinet/orders.py",
        old="Order.objects.filter(member_id=member_id, pk=order_id)",
        new="Order.objects.filter(pk=order_id)",
        killed_by="tests/loyalty/views/test_order_page.py::test_another_members_order_is_404_like_one_that_does_not_exist",
    ),
    Mutant(
        "anothers_code_spends",
        _SPENDING,
        old="    if token and token.member_id != member_id:",
        new="    if token and not token.member_id:",
        killed_by=f"{_AUTHORISE}::test_a_code_of_another_member_is_refused",
    ),
    Mutant(
        "closed_lock_lets_a_code_spend",
        _SPENDING,
        old="    if allowed.lock == SpendLock.CLOSED:",
        new="    if allowed.lock == SpendLock.CLOSED and token is None:",
        killed_by=f"{_AUTHORISE}::test_a_closed_lock_refuses_everything_until_the_member_opens_it",
    ),
    Mutant(
        "code_of_a_blocked_card_spends",
        _SPENDING,
        old="token.issued_at <= allowed.card_blocked_at:",
        new="token.issued_at.year < allowed.card_blocked_at.year:",
        killed_by="tests/loyalty/api/test_moved_card.py::test_codes_shown_before_the_move_spend_nothing_and_later_ones_do",
    ),
    Mutant(
        "daily_cap_forgets_the_same_batch",
        _SPENDING,
        old="    if points + already_authorised > allowed.left_today:",
        new="    if points > allowed.left_today:",
        killed_by="tests/loyalty/domain/till/test_spend_daily_cap.py::test_points_authorised_in_the_same_transaction_count",
    ),
]
