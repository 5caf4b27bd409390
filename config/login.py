"""Signing in: to the desk as staff with a grant in force, to their own page as a client."""

from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.questions import Question

comes_in = Question("config.login.comes_in")
"""`comes_in.ask_one(user=) -> bool`: at least one grant is in force for this member of staff."""

#: Username and what one sees as them. The demo's password is the same for all.
DEMO_LOGINS = (
    ("admin", _("everything")),
    ("l1", _("Level 1: queues and cases")),
    ("l1b", _("Level 1, a colleague")),
    ("lead", _("CS Lead: triage")),
    ("l2", _("Level 2")),
    ("l3", _("Tech Lead")),
    ("po", _("Product owner")),
    ("auditor", _("reads, changes nothing")),
)


class LoginForm(AdminAuthenticationForm):
    def confirm_login_allowed(self, user: Any) -> None:
        if user.is_active and not user.is_staff:
            raise ValidationError(_("This is the desk's door. Clients sign in at /sign-in/."))
        super().confirm_login_allowed(user)
        if not comes_in.ask_one(user=user):
            raise ValidationError(_("No access is granted to you at the moment. Your lead can ask an admin for it."))


class SignIn(LoginView):
    """For clients; staff who come here land on the desk."""

    template_name = "config/sign_in.html"
    next_page = "home"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(demo=settings.DEMO, **kwargs)
