from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils.translation import gettext_lazy as _

from tenants.enums import GrantScope, Level, Role
from tenants.models.fields import LanguageField, TimeZoneField
from tenants.models.visibility import Places, TenantQuerySet


class PeopleQuerySet(TenantQuerySet):
    """One of us is known to every reader, a client's sign-in to who reads their tenant."""

    tenant_path = "requester__tenant_id"

    def in_tenants(self, tenant_ids: frozenset[int] | None) -> Self:
        if not tenant_ids:
            return super().in_tenants(tenant_ids)
        return self.filter(Q(requester=None) | Q(requester__tenant_id__in=tenant_ids))


class PeopleManager(UserManager.from_queryset(PeopleQuerySet)["User"]):  # type: ignore[misc]  # made by Django
    use_in_migrations = False

    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        """The first admin, made on the command line: the flag gives nothing, so a grant comes with it."""
        with transaction.atomic():
            user = super().create_superuser(*args, **kwargs)
            user.grants.create(role=Role.ADMIN, scope=GrantScope.ALL, reason="Made by createsuperuser")
        return user


def name_of(path: str) -> Coalesce:
    """What `str` says of the user at `path`, as a column."""
    full = Trim(Concat(f"{path}__first_name", Value(" "), f"{path}__last_name"))
    return Coalesce(NullIf(full, Value("")), f"{path}__username")


class User(AbstractUser):
    """Somebody who signs in: one of us, or a client through `requester`.

    What a user may do is the sum of the grants (`domain/access.py`); `is_superuser`, groups and Django's permissions
    give nothing. `access` stands on the object once `access_of` has read it; before that, asking raises.
    """

    email = models.EmailField(_("email address"), blank=True)
    time_zone = TimeZoneField()
    language = LanguageField()
    level = models.CharField(
        max_length=2,
        choices=Level,
        blank=True,
        help_text=_("Where cases are assigned to this person; empty for people who take none."),
    )
    is_demo = models.BooleanField(default=False, editable=False, help_text=_("Made by the demo data."))
    requester = models.ForeignKey(
        "tenants.Requester",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="users",
        help_text=_("Set for a client's sign-in: the requester this user speaks as."),
    )

    access: Places
    granted: list[dict[str, Any]]  # of a row read by `domain.access.with_grants`
    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="user_is_staff_or_client", condition=Q(requester__isnull=True) | Q(is_staff=False)
            ),
            models.CheckConstraint(name="user_level_known", condition=Q(level__in=["", *Level.values])),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's permissions open nothing, whoever asks by them: rights are asked of `access`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False
