"""Users: log-ins of members and staff. Staff get roles; contacts change by codes alone."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminEmailInputWidget

from accounts.admin.search import as_phone
from accounts.models import User
from loyalty.admin.base import LargeTable, MenuItem, Section

admin.site.unregister(Group)


class NewStaffForm(forms.ModelForm):
    """A new staff user: e-mail and roles. They log in by a code sent to the e-mail."""

    email = forms.EmailField(label=_("E-mail"), widget=UnfoldAdminEmailInputWidget, help_text=_("The first log-in is by a code sent to this address."))

    class Meta:
        model = User
        fields = ("email", "groups")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists() or EmailAddress.objects.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody logs in with this address already."))
        return email


@admin.register(User)
class UserAdmin(LargeTable):
    """Staff and members' log-ins."""

    menu = MenuItem(Section.PROGRAMME, _("Users and roles"), "manage_accounts", 20)
    list_display = ("__str__", "is_staff", "role_names", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "phone")
    search_help_text = _("E-mail or phone")
    readonly_fields = ("email", "phone", "phone_verified", "is_superuser", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "phone", "phone_verified", "is_active")}),
        (_("Staff"), {"fields": ("is_staff", "groups", "is_superuser")}),
        (_("Times"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "groups")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(email__istartswith=term)
        if phone := as_phone(term):
            found |= Q(phone=phone)
        return queryset.filter(found), False

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(str(ROLE_NAMES.get(group.name, group.name)) for group in user.groups.all())

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "groups":
            field.label = _("Roles")
            field.help_text = ""
            field.label_from_instance = lambda group: str(ROLE_NAMES.get(group.name, group.name))
        return field

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewStaffForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.readonly_fields if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            # Whoever adds a colleague vouches for the address; only its owner can read the code.
            EmailAddress.objects.create(user=obj, email=obj.email, verified=True, primary=True)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody raises themselves, and only a superuser changes another one."""
        if obj is not None and (obj.pk == request.user.pk or (obj.is_superuser and not request.user.is_superuser)):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


ROLE_NAMES = {
    "support": _("support"),
    "catalogue editor": _("catalogue editor"),
    "marketing": _("marketing"),
    "finance": _("finance"),
    "administrator": _("administrator"),
}
