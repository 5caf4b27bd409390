"""Signing in to the desk: staff with a grant in force."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
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
        super().confirm_login_allowed(user)
        if not comes_in.ask_one(user=user):
            raise ValidationError(_("No access is granted to you at the moment. Your lead can ask an admin for it."))
