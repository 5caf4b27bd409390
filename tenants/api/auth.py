"""`Authorization: Bearer <token>`. Sessions are not taken: a browser's cookie must not speak to the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.domain.actors import actor_of_token
from tenants.domain.tokens import note_use, token_for
from tenants.models import ApiToken, User

REALM = 'Bearer realm="desk"'


class TokenAuthentication(BaseAuthentication):
    """Sets `user`, `auth` (the token) and `actor` on the request."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        at = timezone.now()
        token = token_for(secret.strip(" "), at=at)
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        note_use(token, at=at)
        request.actor = request._request.actor = actor_of_token(token)  # type: ignore[attr-defined]
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return REALM


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
