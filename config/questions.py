"""Questions that a lower room asks and an upper room answers: read-only, registered at start-up, visible in one place.

tenant_in_use = Question("tenants.tenant_in_use")        # the lower room declares and asks

@tenant_in_use.answered_by                                # the upper room's receivers.py
def has_open_cases(*, tenant_id): ...
"""

from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Callable[..., Any])


class Question:
    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: list[Callable[..., Any]] = []

    def answered_by(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        return answer

    def ask(self, **facts: Any) -> list[Any]:
        """What each room that knows says, in the order of registration."""
        return [answer(**facts) for answer in self.answers]

    def ask_one(self, **facts: Any) -> Any:
        """For a question that exactly one room answers."""
        if len(self.answers) != 1:
            raise LookupError(f"{self.name} wants one answer and has {len(self.answers)}")
        return self.answers[0](**facts)

    def __repr__(self) -> str:
        return f"<Question {self.name}>"
