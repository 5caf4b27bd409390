"""The card of a case that says who takes part in it."""

from dataclasses import dataclass
from typing import Any

from cases.domain.people.noting import noted_by
from cases.enums import ParticipantKind
from tenants.domain.actors import Actor


@dataclass(frozen=True, slots=True)
class TakingPart:
    copies: list[dict[str, Any]]
    followers: list[dict[str, Any]]
    noters: list[dict[str, Any]]
    following: bool
    may_note: bool


def taking_part(case: Any, actor: Actor) -> TakingPart:
    """Of a case that was read with `told_of_participants`: no statement."""
    shown = case.participants_shown
    followers = [one for one in shown if one["kind"] == ParticipantKind.FOLLOWER]
    return TakingPart(
        copies=[one for one in shown if one["kind"] == ParticipantKind.CC],
        followers=followers,
        noters=[one for one in shown if one["kind"] == ParticipantKind.NOTER],
        may_note=noted_by(shown, by=actor),
        following=any(one["user_id"] == actor.user_id for one in followers),
    )
