from accounts.models.broadcast import Broadcast, Scenario, ScenarioText
from accounts.models.card import Card
from accounts.models.consent import Consent
from accounts.models.contact_request import ContactRequest
from accounts.models.member import Member
from accounts.models.notification import BadContact, Message, NotificationChoice, NotificationSettings, PushSubscription
from accounts.models.provider import ProviderState, SmsSpend
from accounts.models.rate_limit import RateLimit
from accounts.models.user import User

__all__ = [
    "BadContact",
    "Broadcast",
    "Card",
    "Consent",
    "ContactRequest",
    "Member",
    "Message",
    "NotificationChoice",
    "NotificationSettings",
    "ProviderState",
    "PushSubscription",
    "RateLimit",
    "Scenario",
    "ScenarioText",
    "SmsSpend",
    "User",
]
