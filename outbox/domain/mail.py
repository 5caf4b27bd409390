"""Mail, the first channel. MAIL_TRANSPORT: `smtp` sends, `console` prints, `none` shows on the Sent page only."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from outbox.domain.channels import Message, NotSent, RefusedForGood, Send, channel

SENT_PAGE_ONLY = "Sent page only"


@channel("mail")
@contextmanager
def mail() -> Iterator[Send]:
    if settings.MAIL_TRANSPORT == "none":
        yield lambda message: SENT_PAGE_ONLY
        return
    connection = get_connection(
        "django.core.mail.backends.console.EmailBackend" if settings.MAIL_TRANSPORT == "console" else None
    )

    def send(message: Message) -> str:
        try:
            connection.open()
            connection.send_messages([compose(message, connection)])
        except (SMTPException, OSError) as error:
            _close(connection)
            raise verdict(error) from error
        return str(settings.MAIL_TRANSPORT)

    try:
        yield send
    finally:
        _close(connection)


def compose(message: Message, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    headers = {
        **message.headers,
        "Message-ID": message.message_id,
        "X-Desk-Delivery": str(message.key),  # whoever fetches mail refuses our own by this
    }
    if message.automated:
        headers |= {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=settings.MAIL_FROM,
        to=[message.to],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=headers,
        connection=connection,
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def verdict(error: SMTPException | OSError) -> NotSent | RefusedForGood:
    """A 5xx about recipient, sender or content is final; our login, their greylist, the network may mend."""
    code: int
    said: bytes | str
    match error:
        case SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return NotSent(str(error))
        case SMTPSenderRefused() | SMTPResponseException():
            code, said = error.smtp_code, error.smtp_error
        case _:
            return NotSent(f"{type(error).__name__}: {error}")
    words = f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return RefusedForGood(words) if 500 <= code < 600 else NotSent(words)


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (SMTPException, OSError):  # the goodbye failed: what mattered was said before
        return
