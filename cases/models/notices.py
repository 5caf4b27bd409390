from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.enums import MailPace, NoticeChannel, NoticeEvent, NoticeScope
from tenants.models.visibility import TenantQuerySet


class Notice(models.Model):
    """One of us is told of one thing that happened on a case: in their inbox, by mail, or both.

    `event_id` is the outbox event it came from: one person has one notice of it, whatever reasons there were.
    """

    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="notices", db_index=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    event_id = models.BigIntegerField()
    event = models.CharField(max_length=10, choices=NoticeEvent)
    scope = models.CharField(max_length=10, choices=NoticeScope, blank=True, help_text=_("Empty: it named the person"))
    at = models.DateTimeField()
    who = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=300, blank=True)
    interaction_id = models.BigIntegerField(null=True, blank=True)
    side_talk_id = models.BigIntegerField(null=True, blank=True)
    in_inbox = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True, help_text=_("When it is mailed; empty: not, or done"))
    delivery_id = models.BigIntegerField(null=True, blank=True, help_text=_("The mail that told it"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(name="cases_notice_once", fields=["user", "event_id"])]
        indexes = [
            models.Index(
                name="cases_notice_unread", fields=["user", "-id"], condition=Q(in_inbox=True, read_at__isnull=True)
            ),
            models.Index(name="cases_notice_inbox", fields=["user", "-id"], condition=Q(in_inbox=True)),
            models.Index(name="cases_notice_mail", fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False)),
            models.Index(name="cases_notice_age", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: CASE-{self.case_id}"


def cell(event: str, scope: str, channel: str) -> str:
    """What a person chose to be told, as one word: 'customer.mine.mail'. Without a scope for what names them."""
    return ".".join(part for part in (event, scope, channel) if part)


BELL, MAIL = NoticeChannel.BELL.value, NoticeChannel.MAIL.value
NAMES_THEM = (NoticeEvent.ASSIGNED.value, NoticeEvent.MENTION.value, NoticeEvent.ASKED.value)
OF_CASES = tuple(event.value for event in NoticeEvent if event.value not in NAMES_THEM)


REVIEW_MAIL = "review.mail"  # a chain review opens, or is given to me; the inbox shows those that wait anyway


def usual_cells() -> list[str]:
    """What is told unless a person says otherwise."""
    told = [cell(event, "", channel) for event in NAMES_THEM for channel in (BELL, MAIL)]
    mine, followed = NoticeScope.MINE.value, NoticeScope.FOLLOWED.value
    told += [cell(event, mine, BELL) for event in OF_CASES if event != NoticeEvent.MOVED]
    told += [cell(event, followed, BELL) for event in OF_CASES if event != NoticeEvent.WARNED]
    return [*told, cell(NoticeEvent.CUSTOMER, mine, MAIL), REVIEW_MAIL]


class NoticeChoice(models.Model):
    """How one of us is told. No row: as `usual_cells`, mail at once, no quiet hours. Hours are in their zone."""

    user = models.OneToOneField("tenants.User", models.CASCADE, related_name="notice_choice")
    cells = ArrayField(models.CharField(max_length=40), default=usual_cells, blank=True)
    pace = models.CharField(max_length=10, choices=MailPace, default=MailPace.AT_ONCE)
    daily_at = models.PositiveSmallIntegerField(default=8, help_text=_("The hour of the daily mail"))
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Hour from which no mail is sent"))
    quiet_to = models.PositiveSmallIntegerField(null=True, blank=True)
    morning = models.BooleanField(null=True, help_text=_("The lead's page by mail at 08:00; empty: by their role"))
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cases_noticechoice_hours",
                condition=Q(daily_at__lte=23)
                & (
                    Q(quiet_from=None, quiet_to=None)
                    | Q(quiet_from__isnull=False, quiet_to__isnull=False, quiet_from__lte=23, quiet_to__lte=23)
                    & ~Q(quiet_from=models.F("quiet_to"))
                ),
            )
        ]

    def __str__(self) -> str:
        return f"How {self.user_id} is told"


class MorningMail(models.Model):
    """The lead's page went to one of us on one day, theirs: the row that keeps it from going twice."""

    user = models.ForeignKey("tenants.User", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    delivery_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="cases_morningmail_once", fields=["user", "day"])]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.day}"
