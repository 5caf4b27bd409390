from config.models.heartbeat import Heartbeat
from config.models.idempotency import IdempotencyRecord

__all__ = ["Heartbeat", "IdempotencyRecord"]
