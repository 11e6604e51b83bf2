from partners.models.api_key import ApiKey
from partners.models.customer_number import CustomerNumber
from partners.models.listing import ChangeKind, ChangeState, ListingChange
from partners.models.outlet import Outlet
from partners.models.partner import Category, Partner
from partners.models.people import Invitation, PartnerUser
from partners.models.terms import Terms, TermsExclusion
from partners.models.webhook import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookKind

__all__ = [
    "ApiKey",
    "Category",
    "ChangeKind",
    "ChangeState",
    "CustomerNumber",
    "DeliveryState",
    "Invitation",
    "ListingChange",
    "Outlet",
    "Partner",
    "PartnerUser",
    "Terms",
    "TermsExclusion",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookKind",
]
