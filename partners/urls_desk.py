"""/desk/: what partners' people see. The slug names the partner; partners.views.desk.access says who gets in."""

from django.urls import path, re_path

from partners.views import invitation, pictures
from partners.views.desk import overview, people

urlpatterns = [
    re_path(r"^media/listing/(?P<folder>[0-9a-f]{2})/(?P<digest>[0-9a-f]{40})-(?P<width>[0-9]{2,4})\.webp$", pictures.picture, name="picture"),
    path("invitations/<str:token>/", invitation.invitation, name="desk_invitation"),
    path("invitations/<str:token>/code/", invitation.invitation_code, name="desk_invitation_code"),
    path("desk/", overview.choose, name="desk"),
    path("desk/<slug:slug>/", overview.overview, name="desk_overview"),
    path("desk/<slug:slug>/more/", overview.more, name="desk_more"),
    path("desk/<slug:slug>/people/", people.index, name="desk_people"),
    path("desk/<slug:slug>/people/invite/", people.invite, name="desk_invite"),
    path("desk/<slug:slug>/people/<int:pk>/", people.seat, name="desk_seat"),
    path("desk/<slug:slug>/invitations/<int:pk>/withdraw/", people.withdraw, name="desk_invitation_withdraw"),
]
