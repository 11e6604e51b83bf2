from accounts.models.card import Card
from accounts.models.consent import Consent
from accounts.models.member import Member
from accounts.models.rate_limit import RateLimit
from accounts.models.user import User

__all__ = ["Card", "Consent", "Member", "RateLimit", "User"]
