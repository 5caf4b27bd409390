from outbox.admin import consumption, delivery, event

__all__ = ["consumption", "delivery", "event"]
