from outbox.models.consumption import Consumption
from outbox.models.delivery import Delivery, DeliveryAttempt
from outbox.models.event import Event
from outbox.models.intervention import Intervention

__all__ = ["Consumption", "Delivery", "DeliveryAttempt", "Event", "Intervention"]
