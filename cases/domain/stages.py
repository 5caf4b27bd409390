"""Which stage of the conversation, as the clocks know it, a status is."""

from cases.enums import Status
from sla.domain.conversation import Stage

STAGES = {
    Status.NEW.value: Stage.NEW,
    Status.TRIAGE.value: Stage.WORKING,
    Status.IN_PROGRESS.value: Stage.WORKING,
    Status.WAITING.value: Stage.WAITING,
    Status.RESOLVED.value: Stage.RESOLVED,
    Status.CLOSED.value: Stage.CLOSED,
}
