"""What django-allauth asks of us: phones, texts, mails, the stages of a log-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.domain import members, notify, rate_limit
from accounts.models import User
from loyalty.domain import programme as programmes
from loyalty.models import Programme
from loyalty.web.page import programme_of

# What allauth wants to say that its own page doesn't say already.
_SAID = frozenset({"password_changed", "password_set", "totp_activated", "totp_deactivated", "webauthn_added", "webauthn_removed", "recovery_codes_generated"})


class AccountAdapter(DefaultAccountAdapter):
    """django-allauth with phones, in the member's language, telling nobody which contacts are known."""

    error_messages: dict[str, str | Promise] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("The code didn't match."),
        "incorrect_password": _("The password didn't match."),
        "enter_current_password": _("The current password didn't match."),
        "email_password_mismatch": _("The e-mail and the password don't go together."),
        "phone_password_mismatch": _("The phone and the password don't go together."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes and try again."),
        "rate_limited": _("Too many codes were asked for. Wait a few minutes and try again."),
        "invalid_login": _("Enter a phone number or an e-mail address."),
    }

    # --- stages and addresses ---

    def get_login_stages(self) -> list[str]:
        return [
            "allauth.account.stages.LoginByCodeStage",
            "accounts.stages.PhoneStage",
            "accounts.stages.EmailStage",
            "accounts.stages.MembershipStage",
            "accounts.stages.SecondFactorStage",
        ]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        # Recovery codes alone (they come with a passkey) are no method: nobody has seen them.
        if user.is_authenticated and not has_totp(user):
            methods = [method for method in methods if method["id"] != "mfa_reauthenticate"]
        return methods

    # --- phones ---

    def phone_form_field(self, **kwargs: Any) -> Any:
        from accounts.forms import PhoneField

        return PhoneField(**kwargs)

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (str(user.phone), user.phone_verified) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: Any, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone, signup_pending=False, is_active=True).first()

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        self._text(phone, "account/sms/code.txt", {"code": code}, user=user)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        self._notice(phone, "account/sms/unknown_account.txt", {"url": _address("account_signup")})

    def send_account_already_exists_sms(self, phone: str) -> None:
        self._notice(phone, "account/sms/account_already_exists.txt", {"url": _address("account_login")})

    def _notice(self, phone: str, template: str, values: dict[str, Any]) -> None:
        # A text that somebody else may have asked for: no more than a few a day to one number.
        if rate_limit.allow(rate_limit.NOTICES_TO_CONTACT, key=phone, now=timezone.now()):
            self._text(phone, template, values)

    def _text(self, phone: str, template: str, values: dict[str, Any], user: Any = None) -> None:
        with translation.override(_language(user)):
            text = render_to_string(template, {**values, "programme": programme_of(allauth_context.request)}).strip()
        notify.send_sms(to=phone, text=text, now=timezone.now())

    # --- mails ---

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user = context.get("user") or User.objects.filter(email=email.lower()).first()
        with translation.override(_language(user)):
            links = {"login_url": _address("account_login"), "signup_url": _address("account_signup")}
            message = self.render_mail(template_prefix, email, {"email": email, "programme": _programme(), **context, **links})
        notify.deliver(message.send, what="email")

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """The code, or word to the owner of an address that has a log-in already: then no code of this process is right."""
        process, address = emailconfirmation, emailconfirmation.email_address
        if members.email_is_taken(address.email, but_for=address.user):
            process.state["code"] = ""
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, process, signup)

    def format_email_subject(self, subject: str) -> str:
        return subject

    # --- limits and messages ---

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth leaves phones out, so that all of them would share one limit.
        return str(credentials.get("email") or credentials.get("phone") or "").lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        key = self._get_login_attempts_cache_key(request, **credentials)
        if not rate_limit.allow(rate_limit.PASSWORDS_OF_LOGIN, key=key, now=timezone.now()):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("message") or (message_template or "").rpartition("/")[2].removesuffix(".txt") in _SAID:
            super().add_message(request, level, message_template, *args, **kwargs)

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and super().is_safe_url(str(url))


class MFAAdapter(DefaultMFAAdapter):
    """Passkeys are another way in for members; a second factor is an authenticator app, for staff."""

    error_messages: dict[str, str | Promise] = {**DefaultMFAAdapter.error_messages, "incorrect_code": _("The code didn't match.")}

    def _get_site_name(self) -> str:
        return programme_of(allauth_context.request).name

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 (allauth's name)
        from accounts.domain.devices import device_name

        return device_name(allauth_context.request.META.get("HTTP_USER_AGENT", ""))


def has_totp(user: Any) -> bool:
    """Whether the user set up an authenticator app."""
    from allauth.mfa.models import Authenticator

    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def _programme() -> Programme:
    """The programme: of the request, or read for a job, which has none."""
    return programme_of(allauth_context.request) if allauth_context.request else programmes.current()


def _address(page: str) -> str:
    return f"{settings.SITE_URL}{reverse(page)}"


def _language(user: Model | None) -> str:
    return getattr(user, "language", "") or translation.get_language() or "ru"
