"""Who has signed in, read for each request of theirs."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from tenants.domain.access import with_grants
from tenants.models import User


class PeopleBackend(ModelBackend):
    """Passwords as Django checks them. The person comes with their grants: every page asks for both."""

    def get_user(self, user_id: Any) -> User | None:
        return with_grants(user_id, at=timezone.now())
