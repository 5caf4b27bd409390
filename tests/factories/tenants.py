"""Real rows of the tenants room. `UserFactory(role="l1", scope="all")` holds a grant and carries its access."""

import hashlib
import secrets
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tenants.domain.access import access_of
from tenants.domain.actors import actor_of_user
from tenants.enums import TokenScope
from tenants.models import ApiToken, Grant, Requester, Resource, Tenant, User

PASSWORD = "a-long-enough-word"  # of every factory's user
LONG_AGO = timedelta(days=3650)


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.Sequence(lambda n: f"Tenant {n}")
    plan = "growth"
    segment = "mid-market"
    region = "eu-central"


class RequesterFactory(DjangoModelFactory):
    class Meta:
        model = Requester

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Requester {n}")
    email = factory.Sequence(lambda n: f"requester-{n}@client.example")


class GrantFactory(DjangoModelFactory):
    """In force since ten years ago, so that tests may choose any `at`; the user carries the new access."""

    class Meta:
        model = Grant
        skip_postgeneration_save = True

    user = factory.SubFactory("tests.factories.tenants.UserFactory")
    role = "l1"
    tenant = None
    scope = factory.LazyAttribute(lambda grant: "all" if grant.tenant is None else "tenant")
    reason = "Works here"
    created_at = factory.LazyFunction(lambda: timezone.now() - LONG_AGO)

    @factory.post_generation
    def carried(grant, create, extracted, **kwargs):
        access_of(grant.user, at=timezone.now())


class UserFactory(DjangoModelFactory):
    """`role`, `scope` ("all") and `tenant`, `segment` or `region` make the one grant; without a role there is none."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = "Last"
    email = factory.LazyAttribute(lambda user: f"{user.username}@desk.example")
    is_staff = factory.LazyAttribute(lambda user: user.requester is None)
    requester = None

    @classmethod
    def _create(cls, model_class, *args, role="", scope="", tenant=None, segment="", region="", until=None, **fields):
        user = model_class.objects.create_user(password=PASSWORD, **fields)
        if role:
            place = {"tenant": tenant, "segment": segment, "region": region}
            named = next((name for name, value in place.items() if value), "all")
            GrantFactory(user=user, role=role, scope=scope or named, until=until, **place)
        access_of(user, at=timezone.now())
        return user


class ClientFactory(UserFactory):
    """A client's sign-in, with the requester and the grant that belong to it."""

    requester = factory.SubFactory(RequesterFactory)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return super()._create(model_class, *args, role="client", tenant=fields["requester"].tenant, **fields)


class ResourceFactory(DjangoModelFactory):
    class Meta:
        model = Resource

    key = factory.Sequence(lambda n: f"service-{n}")
    name = factory.LazyAttribute(lambda resource: resource.key.title())
    kind = "service"
    tenant = factory.SubFactory(TenantFactory)
    region = "eu-central"


class TokenFactory(DjangoModelFactory):
    """The plaintext stands on the object as `secret`; `scopes` are all of them unless named."""

    class Meta:
        model = ApiToken

    user = factory.SubFactory(UserFactory, role="l1")
    name = "Test"
    scopes = factory.LazyFunction(lambda: list(TokenScope.values))
    created_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        secret = "desk_" + secrets.token_urlsafe(32)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        token = model_class.objects.create(prefix=secret[:12], digest=digest, **fields)
        token.secret = secret
        return token


def actor(role="l1", *, at=None, **place):
    """An Actor of a new user: `actor("lead")`, `actor("l1", tenant=acme)`."""
    return actor_of_user(UserFactory(role=role, **place), at=at or timezone.now())
