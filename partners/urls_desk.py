"""/desk/: what partners' people see. The slug names the partner; partners.views.desk.access says who gets in."""

from django.urls import path, re_path

from partners.views import invitation, pictures
from partners.views.desk import keys, listing, outlets, overview, people, settlement, statistics, webhooks

_SLUG = r"(?P<slug>[-a-zA-Z0-9_]+)"

urlpatterns = [
    re_path(r"^media/listing/(?P<folder>[0-9a-f]{2})/(?P<digest>[0-9a-f]{40})-(?P<width>[0-9]{2,4})\.webp$", pictures.picture, name="picture"),
    path("invitations/<str:token>/", invitation.invitation, name="desk_invitation"),
    path("invitations/<str:token>/code/", invitation.invitation_code, name="desk_invitation_code"),
    path("desk/", overview.choose, name="desk"),
    path("desk/<slug:slug>/", overview.overview, name="desk_overview"),
    path("desk/<slug:slug>/more/", overview.more, name="desk_more"),
    path("desk/<slug:slug>/listing/", listing.index, name="desk_listing"),
    path("desk/<slug:slug>/listing/edit/", listing.edit, name="desk_listing_edit"),
    path("desk/<slug:slug>/listing/confirm/", listing.confirm, name="desk_confirm"),
    path("desk/<slug:slug>/listing/changes/<int:pk>/", listing.change, name="desk_change"),
    path("desk/<slug:slug>/listing/changes/<int:pk>/settle/", listing.settle, name="desk_change_settle"),
    path("desk/<slug:slug>/listing/outlets/", outlets.index, name="desk_outlets"),
    path("desk/<slug:slug>/listing/outlets/new/", outlets.new, name="desk_outlet_new"),
    path("desk/<slug:slug>/listing/outlets/new/<int:pk>/", outlets.new, name="desk_outlet_draft"),
    path("desk/<slug:slug>/listing/outlets/<int:pk>/", outlets.edit, name="desk_outlet"),
    path("desk/<slug:slug>/people/", people.index, name="desk_people"),
    path("desk/<slug:slug>/people/invite/", people.invite, name="desk_invite"),
    path("desk/<slug:slug>/people/<int:pk>/", people.seat, name="desk_seat"),
    path("desk/<slug:slug>/statistics/", statistics.page, name="desk_statistics"),
    re_path(rf"^desk/{_SLUG}/statistics\.(?P<kind>csv|xlsx)$", statistics.export, name="desk_statistics_export"),
    path("desk/<slug:slug>/settlement/", settlement.page, name="desk_settlement"),
    re_path(rf"^desk/{_SLUG}/settlement\.(?P<kind>csv|xlsx)$", settlement.export, name="desk_settlement_export"),
    path("desk/<slug:slug>/keys/", keys.index, name="desk_keys"),
    path("desk/<slug:slug>/keys/new/", keys.make, name="desk_key_new"),
    path("desk/<slug:slug>/keys/<str:prefix>/rotate/", keys.rotate, name="desk_key_rotate"),
    path("desk/<slug:slug>/keys/<str:prefix>/revoke/", keys.revoke, name="desk_key_revoke"),
    path("desk/<slug:slug>/webhooks/", webhooks.index, name="desk_webhooks"),
    path("desk/<slug:slug>/webhooks/new/", webhooks.make, name="desk_webhook_new"),
    path("desk/<slug:slug>/webhooks/<int:pk>/", webhooks.endpoint, name="desk_webhook"),
    path("desk/<slug:slug>/invitations/<int:pk>/withdraw/", people.withdraw, name="desk_invitation_withdraw"),
]
