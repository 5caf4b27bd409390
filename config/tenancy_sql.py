"""A child's tenant equals its parent's, by the database's word: a composite foreign key beside Django's own.

In a migration of the room, after both tables stand:

    operations = [same_tenant(child="cases_interaction", column="case_id", parent="cases_case")]
"""

from django.db.migrations import RunSQL


def same_tenant(
    *, child: str, column: str, parent: str, child_tenant: str = "tenant_id", parent_tenant: str = "tenant_id"
) -> RunSQL:
    """Refuse (IntegrityError) a row of `child` whose tenant differs from that of the `parent` row in `column`.

    A row without a parent or without a tenant passes. The parent's tenant cannot change while it has children.
    """
    name = f"{child}_{column}_same_tenant"[:63]
    unique = f"{parent}_id_{parent_tenant}_uniq"[:63]
    return RunSQL(
        [
            f'CREATE UNIQUE INDEX IF NOT EXISTS "{unique}" ON "{parent}" (id, "{parent_tenant}")',
            f'ALTER TABLE "{child}" ADD CONSTRAINT "{name}" FOREIGN KEY ("{column}", "{child_tenant}") '
            f'REFERENCES "{parent}" (id, "{parent_tenant}") DEFERRABLE INITIALLY IMMEDIATE',
        ],
        [f'ALTER TABLE "{child}" DROP CONSTRAINT "{name}"'],  # the index stays: other children may use it
    )
