"""What the outbox has to ask rooms above it: it knows neither users nor cases."""

from config.questions import Question

feed_tenants = Question("outbox.feed_tenants")
"""`ask_one(request=) -> frozenset[int] | None`: whose changes this API caller may read; None: everybody's."""

deliveries_of_tenants = Question("outbox.deliveries_of_tenants")
"""`ask_one(request=) -> frozenset[int] | None`: whose messages this person may read; None: everybody's."""

tenant_slugs = Question("outbox.tenant_slugs")
"""`ask(tenant_ids=) -> [{tenant_id: slug}]`: what people call a tenant."""

answer_as_recipient = Question("outbox.answer_as_recipient")
"""`ask(delivery=, request=) -> [outbox.answers.Reply | None]`: how to answer a message in its recipient's stead, for
who tries the desk out. None where that room has no answer for this message or this person."""
