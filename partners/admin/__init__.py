"""Admin pages of partners, their terms and outlets, and of categories."""

from partners.admin import api_key, category, listing, outlet, partner, people, report, terms, webhook

__all__ = ["api_key", "category", "listing", "outlet", "partner", "people", "report", "terms", "webhook"]
