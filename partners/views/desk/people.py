"""/desk/<slug>/people/: who is at the desk; managers invite, change roles, remove."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain import rate_limit
from loyalty.lib.errors import DomainError
from partners.domain.desk import invitations, people
from partners.enums import DeskRole
from partners.forms import ROLE_HINTS, InvitationForm, RoleForm
from partners.models import Partner, PartnerUser
from partners.views import mail
from partners.views.desk.access import DeskRequest, desk_page, render_desk


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.MANAGER)
def invite(request: DeskRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite(request, form):
        return redirect("desk_people", request.desk.partner.slug)
    return render_desk(request, "desk/invite.html", {"form": form, "hints": [(role.label, hint) for role, hint in ROLE_HINTS.items()]})


def _invite(request: DeskRequest, form: InvitationForm) -> bool:
    partner, email, now = request.desk.partner, form.cleaned_data["email"], timezone.now()
    if not may_invite(partner, email):
        form.add_error(None, gettext("Too many invitations were sent. Wait a while and try again."))
        return False
    try:
        invitation = invitations.invite(partner, email=email, role=DeskRole(form.cleaned_data["role"]), by_id=request.user.pk, now=now)
    except DomainError as error:
        form.add_error("email", gettext(error.message))
        return False
    mail.send_invitation(invitation)
    messages.success(request, gettext("The invitation is on its way to %(email)s.") % {"email": email})
    return True


def may_invite(partner: Partner, email: str) -> bool:
    """Count an invitation against the limits; False if it is one too many."""
    now = timezone.now()
    allowed = [
        rate_limit.allow(invitations.OF_PARTNER, key=str(partner.pk), now=now),
        rate_limit.allow(invitations.TO_CONTACT, key=email.lower(), now=now),
    ]
    return all(allowed)


@require_safe
@desk_page()
def index(request: DeskRequest) -> HttpResponse:
    """Everybody at the desk, and the invitations under way."""
    partner = request.desk.partner
    now = timezone.now()
    waiting = list(invitations.open_ones(partner.pk)) if request.desk.may_manage else []
    return render_desk(request, "desk/people.html", {"seats": people.seats(partner.pk), "invitations": waiting, "instant": now})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.MANAGER)
def seat(request: DeskRequest, pk: int) -> HttpResponse:
    """Another role for somebody, or no seat any more."""
    person = get_object_or_404(people.seats(request.desk.partner_id), pk=pk)
    form = RoleForm(request.POST if request.POST.get("action") == "role" else None, initial={"role": person.role})
    if request.method == "POST" and (request.POST.get("action") == "remove" or form.is_valid()):
        return _change(request, person, form)
    return render_desk(request, "desk/seat.html", {"seat": person, "form": form})


def _change(request: DeskRequest, person: PartnerUser, form: RoleForm) -> HttpResponse:
    removing = request.POST.get("action") == "remove"
    try:
        if removing:
            people.remove(person)
        else:
            people.change_role(person, role=DeskRole(form.cleaned_data["role"]))
    except DomainError as error:
        messages.error(request, gettext(error.message))
        return redirect("desk_people", request.desk.partner.slug)
    messages.success(request, gettext("This person has left the desk.") if removing else gettext("The role was changed."))
    # Whoever gave up their own role or seat may not be let in to these pages any more.
    return redirect("desk") if person.user_id == request.user.pk else redirect("desk_people", request.desk.partner.slug)


@require_POST
@desk_page(DeskRole.MANAGER)
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    """Make an invitation void."""
    invitation = get_object_or_404(request.desk.partner.invitations, pk=pk)
    try:
        invitations.withdraw(invitation, now=timezone.now())
    except DomainError as error:
        messages.error(request, gettext(error.message))
    else:
        messages.success(request, gettext("The invitation was withdrawn."))
    return redirect("desk_people", request.desk.partner.slug)
