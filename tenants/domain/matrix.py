"""The table of rights as people read it: made of TABLE and SCOPES, so that it can't say anything else."""

from dataclasses import dataclass

from tenants.domain.access import SCOPES, TABLE
from tenants.enums import Right, Role, TokenScope


@dataclass(frozen=True)
class Row:
    right: Right
    held: list[bool]  # in the order of Role
    scopes: list[TokenScope]  # of a token that keep it


def rows() -> list[Row]:
    return [
        Row(
            right=right,
            held=[right in TABLE[role] for role in Role],
            scopes=[scope for scope in TokenScope if right in SCOPES[scope]],
        )
        for right in Right
    ]
