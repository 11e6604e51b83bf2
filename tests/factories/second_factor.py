"""An authenticator app and recovery codes for a log-in. allauth has no public way to make them."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from accounts.models import User


def give_app(user: User) -> None:
    """Set up an authenticator app."""
    TOTP.activate(user, generate_totp_secret())


def give_recovery_codes(user: User) -> list[str]:
    """Make recovery codes. Returns those that can be used."""
    RecoveryCodes.activate(user)
    codes: list[str] = RecoveryCodes(Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)).get_unused_codes()
    return codes
