"""Partners' people: staff invite a partner's first manager, and see who is at which desk."""

from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from loyalty.admin.base import MenuItem, Section
from loyalty.lib.errors import DomainError
from partners.domain.desk import invitations, people
from partners.enums import DeskRole
from partners.models import Invitation, PartnerUser
from partners.views import mail
from partners.views.desk.people import may_invite

auditlog.register(PartnerUser)
auditlog.register(Invitation, exclude_fields=["uuid"], mask_fields=["email"], mask_callable="loyalty.admin.audit.mask")


class InvitationForm(ModelForm):
    """Who is invited to which desk, and as what."""

    class Meta:
        model = Invitation
        fields = ("partner", "email", "role")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        partner, email = cleaned.get("partner"), cleaned.get("email")
        if partner and email and PartnerUser.objects.filter(partner=partner, user__email=email).exists():
            raise ValidationError({"email": gettext("This person is at the desk already.")})
        if partner and email and not self.errors and not may_invite(partner, email):
            raise ValidationError(gettext("Too many invitations were sent. Wait a while and try again."))
        return cleaned

    def validate_constraints(self) -> None:
        """An open invitation to the same address gives way to the new one."""


@admin.register(Invitation)
class InvitationAdmin(ModelAdmin):
    """Invitations to desks: sent and withdrawn here, never edited."""

    menu = MenuItem(Section.CATALOGUE, _("Invitations"), "mail", 90)
    form = InvitationForm
    list_display = ("email", "partner", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("partner", "role")
    list_select_related = ("partner",)
    search_fields = ("email", "partner__name")
    autocomplete_fields = ("partner",)
    actions = ("withdraw",)
    _shown = ("partner", "email", "role", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by", "revoked_at")

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self._shown if obj is not None else ("partner", "email", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self._shown if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"role": DeskRole.MANAGER, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if change:
            return
        made = invitations.invite(obj.partner, email=obj.email, role=DeskRole(obj.role), by_id=request.user.pk, now=timezone.now())
        # The admin goes on with the row that was made.
        obj.__dict__.update(made.__dict__)
        # The admin's page runs in a transaction: the mail leaves when it has ended.
        _after_commit(made)

    @admin.action(description=_("Withdraw"), permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: Any) -> None:
        """Make the chosen links void."""
        for row in rows:
            try:
                invitations.withdraw(row, now=timezone.now())
            except DomainError as error:
                self.message_user(request, f"№ {row.pk}: {gettext(error.message)}", messages.ERROR)


@admin.register(PartnerUser)
class PartnerUserAdmin(ModelAdmin):
    """Who is at which desk. Seats are given by invitation; here a role is changed or a seat taken away."""

    menu = MenuItem(Section.CATALOGUE, _("Partners' people"), "group", 80)
    list_display = ("user", "partner", "role", "created_at")
    list_filter = ("role", "partner")
    list_select_related = ("user", "partner")
    search_fields = ("user__email", "partner__name")
    fields = ("partner", "user", "role", "created_at")
    readonly_fields = ("partner", "user", "created_at")
    actions = ("remove",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}

    def save_model(self, request: HttpRequest, obj: PartnerUser, form: Any, change: bool) -> None:
        try:
            people.change_role(obj, role=DeskRole(obj.role))
        except DomainError as error:
            self.message_user(request, gettext(error.message), messages.ERROR)

    @admin.action(description=_("Remove from the desk"), permissions=["change"])
    def remove(self, request: HttpRequest, seats: Any) -> None:
        """Take the chosen seats away: the last one too, for the operator can invite a manager again."""
        for seat in seats:
            seat.delete()


def _after_commit(invitation: Invitation) -> None:
    from django.db import transaction

    transaction.on_commit(lambda: mail.send_invitation(invitation))
