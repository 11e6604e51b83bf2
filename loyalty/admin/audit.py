"""The audit log: what staff changed, when, and who. Contacts in it are masked, secrets left out."""

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin
from django.db.models import Model
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.domain.shown import masked
from accounts.models import Card, Member, User
from loyalty.admin.base import MenuItem, RecordAdmin, Section
from loyalty.enums import EntryKind
from loyalty.lib import translation
from loyalty.models import Entry, Programme
from partners.models import Category, Outlet, Partner, Terms, TermsExclusion

_MASK = "loyalty.admin.audit.mask"
auditlog.register(Programme, exclude_fields=["updated_at"])
for _model in (Category, Partner):
    auditlog.register(_model, exclude_fields=translation.names(_model))
auditlog.register(Outlet)
auditlog.register(Terms)
auditlog.register(TermsExclusion)
auditlog.register(Member, mask_fields=["email", "phone"], mask_callable=_MASK)
auditlog.register(Card, mask_fields=["number"], mask_callable=_MASK)
auditlog.register(User, exclude_fields=["password", "last_login"], mask_fields=["email", "phone"], mask_callable=_MASK, m2m_fields={"groups"})

ACTIONS = {
    LogEntry.Action.CREATE: _("added"),
    LogEntry.Action.UPDATE: _("changed"),
    LogEntry.Action.DELETE: _("deleted"),
    LogEntry.Action.ACCESS: _("looked at"),
}


def mask(value: str) -> str:
    """A contact or card number that can be recognised, but not read."""
    if not value or value == "None":
        return str(value)
    if len(value) == 16 and value.isdigit():
        return f"•••• {value[-4:]}"
    return masked(value) or "•••"


@receiver(pre_save, sender=LogEntry, dispatch_uid="audit_without_contacts")
def _mask_names(sender: type[LogEntry], instance: LogEntry, **kwargs: Any) -> None:
    """A user's name is the e-mail or phone: the log shows it masked, as it does the fields."""
    if instance._state.adding and instance.content_type and instance.content_type.model_class() is User:
        instance.object_repr = mask(instance.object_repr)


def record_adjustment(entry: Entry) -> None:
    """Write a staff adjustment into the audit log. Must run in the transaction of the entry."""
    LogEntry.objects.log_create(
        entry,
        action=LogEntry.Action.CREATE,
        changes={"points": ["", f"{entry.points:+d}"], "reason": ["", entry.reason], "member": ["", str(entry.member_id)]},
        actor_id=entry.actor_id,
        object_repr=f"{EntryKind(entry.kind).value} {entry.points:+d}",
    )


admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class AuditLogAdmin(RecordAdmin):
    """Who did what, newest first."""

    menu = MenuItem(Section.PROGRAMME, _("Audit log"), "history", 30)
    list_display = ("timestamp", "actor_name", "action_name", "object_kind", "object_name", "changed_fields")
    list_display_links = ("timestamp",)
    list_filter = ("action", ("content_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("actor", "content_type")
    search_fields = ("actor__email", "object_pk")
    search_help_text = _("E-mail of the staff user, or number of the record")
    fields = ("timestamp", "actor_name", "action_name", "object_kind", "object_name", "what_changed")

    @admin.display(description=_("who"))
    def actor_name(self, row: LogEntry) -> str:
        if row.actor_id is None:
            return row.actor_email or str(_("the system"))
        return str(row.actor) if row.actor.is_staff else f"{_('member')} {mask(str(row.actor))}"

    @admin.display(description=_("what"))
    def action_name(self, row: LogEntry) -> str:
        return str(ACTIONS[row.action])

    @admin.display(description=_("record"))
    def object_kind(self, row: LogEntry) -> str:
        model = row.content_type.model_class()
        return capfirst(str(model._meta.verbose_name)) if model else str(row.content_type)

    @admin.display(description=_("its name"))
    def object_name(self, row: LogEntry) -> str:
        return object_in_words(row)

    @admin.display(description=_("changed"))
    def changed_fields(self, row: LogEntry) -> str:
        return ", ".join(str(name) for name, _old, _new in _changes(row))

    @admin.display(description=_("changed"))
    def what_changed(self, row: LogEntry) -> SafeString:
        return render_to_string("admin/loyalty/_changes.html", {"changes": _changes(row)})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("serialized_data")


def object_in_words(row: LogEntry) -> str:
    """The record's name; of an entry its kind in the reader's language."""
    kind, _space, points = str(row.object_repr).rpartition(" ")
    return f"{EntryKind(kind).label} {points}" if row.content_type.model == "entry" and kind in EntryKind.values else str(row.object_repr)


def _changes(row: LogEntry) -> list[tuple[str, str, str]]:
    """(field in words, before, after) of a log line."""
    model: type[Model] | None = row.content_type.model_class()
    names = {field.name: str(getattr(field, "verbose_name", field.name)) for field in model._meta.get_fields()} if model else {}
    changes = []
    for field, change in (row.changes_dict or {}).items():
        if isinstance(change, dict):  # a many-to-many field: what was added or removed
            before, after = ("", ", ".join(change.get("objects", [])))
            if change.get("operation") == "delete":
                before, after = after, before
        else:
            before, after = (str(value) if value not in (None, "None") else "" for value in change)
        changes.append((names.get(field, field), before, after))
    return changes
