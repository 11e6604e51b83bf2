"""The door: log in by e-mail or phone."""

from allauth.account import views as allauth_views
from allauth.account.stages import LoginStage
from django.http import HttpRequest

from loyalty.web.allauth_seam import drop_login


class LoginView(allauth_views.LoginView):
    """Whoever opens this page wants to begin again: a log-in or sign-up under way is void, not resumed."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        drop_login(request)
