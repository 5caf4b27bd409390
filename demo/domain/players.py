"""Who acts in the demo. What our own people may do does not change while it is told, so it is read once."""

from __future__ import annotations

from datetime import datetime

from tenants.domain.actors import Actor, actor_of_user
from tenants.models import User


class Players:
    def __init__(self) -> None:
        self._ours: dict[str, Actor] = {}

    def ours(self, username: str, *, at: datetime) -> Actor:
        if username not in self._ours:
            user = User.objects.select_related("requester").get(username=username)
            self._ours[username] = actor_of_user(user, at=at)
        return self._ours[username]
