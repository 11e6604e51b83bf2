"""/api/v1/."""

from django.urls import path, re_path

from accounts.api import members
from loyalty.api import docs, holds, me, orders, quotes, returns
from partners.api import catalogue

app_name = "api"

urlpatterns = [
    path("orders/", orders.Orders.as_view(), name="orders"),
    path("orders/batch/", orders.OrderBatch.as_view(), name="order_batch"),
    # A partner's id may hold a slash.
    re_path(r"^orders/(?P<external_id>.{1,100})/returns/$", returns.OrderReturns.as_view(), name="order_returns"),
    path("returns/", returns.UnknownReturns.as_view(), name="returns"),
    path("quotes/", quotes.Quotes.as_view(), name="quotes"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/<uuid:hold_id>/", holds.HoldDetail.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/capture/", holds.HoldCapture.as_view(), name="hold_capture"),
    path("holds/<uuid:hold_id>/release/", holds.HoldRelease.as_view(), name="hold_release"),
    path("members/", members.Members.as_view(), name="members"),
    path("members/<str:card>/", members.MemberByCard.as_view(), name="member"),
    path("partners/", catalogue.Partners.as_view(), name="partners"),
    path("partners/<slug:slug>/", catalogue.PartnerDetail.as_view(), name="partner"),
    path("outlets/", catalogue.Outlets.as_view(), name="outlets"),
    path("me/balance/", me.MyBalance.as_view(), name="my_balance"),
    path("me/entries/", me.MyEntries.as_view(), name="my_entries"),
    path("me/orders/", me.MyOrders.as_view(), name="my_orders"),
    path("schema/", docs.schema, name="schema"),
    path("docs/", docs.docs, name="docs"),
    # Whatever it is: a dot would leave out line ends.
    re_path(r"^", docs.NoSuchCall.as_view(), name="nothing"),
]
