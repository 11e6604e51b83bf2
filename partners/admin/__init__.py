"""Admin pages of partners, their terms and outlets, and of categories."""

from partners.admin import category, partner, terms, webhook

__all__ = ["category", "partner", "terms", "webhook"]
