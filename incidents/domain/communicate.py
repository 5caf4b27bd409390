"""Words to the clients: we are seeing X, we are doing Y, we will tell you Z by W."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Invalid, Refused
from incidents.domain import locking, next_word, timeline
from incidents.enums import EntryKind
from incidents.models import Incident, IncidentUpdate
from outbox.domain.delivering import send_mail
from outbox.domain.publish import publish
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Contact


def publish_update(
    *,
    incident_id: int,
    seeing: str,
    doing: str,
    next_word_text: str,
    next_word_at: datetime | None = None,
    public: bool | None = None,
    by: Actor,
    at: datetime,
) -> IncidentUpdate:
    """Tell the clients, named contacts first, and start the clock on the next word.

    `next_word_at` is when they hear from us next, not when it will be fixed: in the future, and within thirty
    minutes while a P0 or P1 lasts. `public` (the incident's own setting unless given) puts it on the status page.
    """
    for field, value in (("seeing", seeing), ("doing", doing), ("next_word", next_word_text)):
        if not value.strip():
            raise Invalid(_("Clients need all three: what we see, what we do, what they hear next."), field=field)
    if next_word_at is not None and next_word_at <= at:
        raise Invalid(_("The next word must lie in the future."), field="next_word_at")
    with unit_of_work(by.label):
        incident = locking.locked_incident(incident_id=incident_id, right=Right.CLIENT_WORDS, by=by, hat=True)
        if not incident.is_open:
            raise Refused(_("%(incident)s is resolved; reopen it to say more.") % {"incident": incident.reference})
        if incident.priority in next_word.URGENT and next_word_at and next_word_at > at + next_word.EVERY:
            raise Invalid(
                _("While a %(priority)s lasts, clients hear from us at least every 30 minutes.")
                % {"priority": incident.priority},
                field="next_word_at",
            )
        next_word_at = next_word.spoken(incident=incident, promised_at=next_word_at, by=by, at=at)
        if public is not None:
            incident.public = public
        locking.save(incident, "public")
        return _publish(
            incident=incident,
            seeing=seeing.strip(),
            doing=doing.strip(),
            next_word_text=next_word_text.strip(),
            next_word_at=next_word_at,
            by=by,
            at=at,
        )


def close_with_word(*, incident: Incident, word: str, by: Actor, at: datetime) -> IncidentUpdate:
    """The closing word of a locked incident that was just resolved."""
    next_word.end(incident=incident, by=by, at=at)
    return _publish(incident=incident, seeing=word, doing="", next_word_text="", next_word_at=None, by=by, at=at)


def _publish(
    *,
    incident: Incident,
    seeing: str,
    doing: str,
    next_word_text: str,
    next_word_at: datetime | None,
    by: Actor,
    at: datetime,
) -> IncidentUpdate:
    update = IncidentUpdate.objects.create(
        incident=incident,
        status=incident.status,
        seeing=seeing,
        doing=doing,
        next_word=next_word_text,
        next_word_at=next_word_at,
        public=incident.public,
        published_at=at,
        by_label=by.label,
        by_name=by.name,
    )
    timeline.write(incident_id=incident.pk, kind=EntryKind.UPDATE, body=seeing, by=by, at=at, update_id=update.pk)
    tenant_ids = list(incident.tenant_links.order_by("tenant_id").values_list("tenant_id", flat=True))
    for contact in Contact.objects.filter(tenant_id__in=tenant_ids, role="operations").order_by("pk"):
        _mail(update=update, incident=incident, contact=contact, at=at)
    publish(
        name="incidents.update-published",
        tenant_id=tenant_ids[0] if len(tenant_ids) == 1 else None,
        payload={
            "incident_id": incident.pk,
            "update_id": update.pk,
            "status": incident.status,
            "tenant_ids": tenant_ids,
            "public": incident.public,
        },
        at=at,
        key=f"incident:{incident.pk}",
    )
    return update


def _mail(*, update: IncidentUpdate, incident: Incident, contact: Contact, at: datetime) -> None:
    # The title may name another client; the mail speaks only in the words written for clients.
    with translation.override(contact.language), timezone.override(ZoneInfo(contact.time_zone)):
        subject = f"[{incident.reference}] {incident.get_status_display()}"
        text = render_to_string("incidents/mail/update.txt", {"update": update, "contact": contact})
    send_mail(
        to=contact.email,
        subject=subject,
        text=text,
        tenant_id=contact.tenant_id,
        about_kind="incidents.incident",
        about_id=incident.pk,
        automated=False,
        at=at,
    )
