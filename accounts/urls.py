"""Log-in, sign-up, profile. Of allauth's pages only those that this product has a use for are here, under allauth's names."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path
from django.views.generic import RedirectView

from accounts.sms import BACKENDS
from accounts.views import cards, claim, codes, contacts, hooks, inbox, letters, login, notifications, outbox, passkeys, profile, signup, unsubscribe

to_profile = RedirectView.as_view(pattern_name="profile")

urlpatterns = [
    path("accounts/login/", login.LoginView.as_view(), name="account_login"),
    path("accounts/login/code/", RedirectView.as_view(pattern_name="account_login", query_string=True), name="account_request_login_code"),
    path("accounts/login/code/confirm/", codes.LoginCodeView.as_view(), name="account_confirm_login_code"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/signup/", signup.SignupView.as_view(), name="account_signup"),
    path("accounts/signup/restart/", signup.restart, name="signup_restart"),
    path("accounts/signup/phone/", codes.SignupPhoneView.as_view(), name="account_verify_phone"),
    path("accounts/signup/email/", codes.SignupEmailView.as_view(), name="account_email_verification_sent"),
    path("accounts/signup/card/", signup.card_digits, name="signup_card"),
    path("accounts/signup/done/", signup.done, name="signup_done"),
    path("accounts/claim/", claim.claim, name="claim"),
    path("accounts/claim/code/", claim.claim_code, name="claim_code"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/code/", codes.ResetCodeView.as_view(), name="account_confirm_password_reset_code"),
    path("accounts/password/reset/complete/", account.complete_password_reset, name="account_complete_password_reset"),
    path("accounts/password/reset/done/", account.password_reset_from_key_done, name="account_password_reset_completed"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/email/", to_profile, name="account_email"),
    path("accounts/phone/", to_profile, name="account_change_phone"),
    path("accounts/2fa/", passkeys.staff_only(mfa.index), name="mfa_index"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", passkeys.staff_only(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", passkeys.staff_only(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/2fa/recovery-codes/", passkeys.staff_only(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("accounts/2fa/recovery-codes/generate/", passkeys.staff_only(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("accounts/2fa/recovery-codes/download/", passkeys.staff_only(recovery_codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("accounts/passkeys/", to_profile, name="mfa_list_webauthn"),
    path("accounts/passkeys/add/", passkeys.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("accounts/passkeys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("accounts/passkeys/confirm/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("accounts/passkeys/<int:pk>/remove/", passkeys.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    path("accounts/sessions/", to_profile, name="usersessions_list"),
    path("profile/", profile.profile, name="profile"),
    path("profile/name/", profile.name, name="profile_name"),
    path("profile/birthday/", profile.birthday, name="profile_birthday"),
    path("profile/marketing/", profile.marketing, name="profile_marketing"),
    path("profile/phone/", contacts.phone, name="profile_phone"),
    path("profile/email/", contacts.email, name="profile_email"),
    path("profile/card/<int:pk>/replace/", cards.replace, name="card_replace"),
    path("profile/sessions/end/", profile.end_all_sessions, name="end_all_sessions"),
    path("profile/sessions/<int:pk>/end/", profile.end_session, name="end_session"),
    path("profile/notifications/", notifications.notifications, name="notifications"),
    path("profile/notifications/consent/", notifications.consent, name="notifications_consent"),
    path("profile/notifications/push/", notifications.allow_push, name="push_allow"),
    path("profile/notifications/push/<int:pk>/forget/", notifications.forget_push, name="push_forget"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox_read"),
    path("inbox/<int:pk>/", inbox.message, name="message"),
    path("write/", letters.write, name="write"),
    path("write/<int:pk>/", letters.letter, name="letter"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("go/<str:token>/", unsubscribe.message_link, name="message_link"),
    path("hooks/email/<slug:name>/", hooks.email, name="hook_email"),
    *(path(f"hooks/sms/{slug}/", hooks.sms, {"slug": slug}, name=f"hook_{slug}") for slug, backend in BACKENDS.items() if backend.reports),
    path("dev/outbox/", outbox.outbox, name="dev_outbox"),
]
