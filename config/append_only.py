"""Tables whose rows are written once: by the database's word, not by habit.

In a migration of the room, with `("config", "0001_database_roles")` among its dependencies:

    operations = [append_only("tenants_auditentry")]

UPDATE, DELETE and TRUNCATE are refused by a trigger to everybody, the owner too, and the privilege for them is
taken from the application's roles. Give such a table no foreign key with CASCADE or SET_NULL: PROTECT says the truth.
"""

from django.db.migrations import RunSQL

FUNCTION = """
CREATE FUNCTION public.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = format('%s is append-only: %s refused', TG_TABLE_NAME, TG_OP);
END
$$;
"""


def append_only(table: str) -> RunSQL:
    return RunSQL(
        [
            f'CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION public.append_only()",
            f'CREATE TRIGGER append_only_table BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION public.append_only()",
            f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM desk_app, desk_system',
        ],
        [
            f'DROP TRIGGER append_only_rows ON "{table}"',
            f'DROP TRIGGER append_only_table ON "{table}"',
            f'GRANT UPDATE, DELETE ON "{table}" TO desk_app, desk_system',
        ],
    )
