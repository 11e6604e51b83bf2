"""The door: log in by e-mail or phone."""

from allauth.account import views as allauth_views
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage
from django.http import HttpRequest


class LoginView(allauth_views.LoginView):
    """Whoever opens this page wants to begin anew: a log-in or sign-up under way is void, not resumed."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        clear_login(request)
