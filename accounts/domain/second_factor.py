"""The second factor of a log-in: an authenticator app. Passkeys are another way in, no second factor."""

from allauth.mfa.models import Authenticator


def has_totp(user_id: int) -> bool:
    """Whether a log-in set up an authenticator app."""
    return bool(Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists())
