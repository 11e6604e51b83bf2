from partners.models.customer_number import CustomerNumber
from partners.models.outlet import Outlet
from partners.models.partner import Category, Partner
from partners.models.terms import Terms, TermsExclusion

__all__ = ["Category", "CustomerNumber", "Outlet", "Partner", "Terms", "TermsExclusion"]
