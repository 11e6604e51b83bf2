from partners.models.api_key import ApiKey
from partners.models.customer_number import CustomerNumber
from partners.models.favourite import Favourite
from partners.models.listing import ChangeKind, ChangeState, ListingChange
from partners.models.map_version import MapVersion
from partners.models.outlet import Outlet
from partners.models.partner import Category, Partner
from partners.models.people import Invitation, PartnerUser
from partners.models.report import OutletReport, ReportKind
from partners.models.terms import Terms, TermsExclusion
from partners.models.visit import VisitCount
from partners.models.webhook import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookKind

__all__ = [
    "ApiKey",
    "Category",
    "ChangeKind",
    "ChangeState",
    "CustomerNumber",
    "DeliveryState",
    "Favourite",
    "Invitation",
    "ListingChange",
    "MapVersion",
    "Outlet",
    "OutletReport",
    "Partner",
    "PartnerUser",
    "ReportKind",
    "Terms",
    "TermsExclusion",
    "VisitCount",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookKind",
]
