"""The audit is the database's: a trigger writes an `AuditEntry` for each changed row, whoever changes it, raw SQL too.

In a migration of a higher room, with `("tenants", "0002_audit")` among its dependencies:

    operations = [audited("cases_case", tenant_column="tenant_id")]
"""

from collections.abc import Iterable

from django.db.migrations import RunSQL

# Arguments of the trigger: the column that names the tenant ('' for none), redacted columns, ignored columns.
FUNCTION = """
CREATE FUNCTION public.audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant_column text := TG_ARGV[0];
    redacted text[] := string_to_array(TG_ARGV[1], ',');
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    before jsonb := '{}';
    after jsonb := '{}';
    whole jsonb;
    old_part jsonb;
    new_part jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF;
    whole := CASE WHEN TG_OP = 'DELETE' THEN before ELSE after END;
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY (redacted) THEN '"***"' ELSE value END), '{}')
        INTO old_part FROM jsonb_each(before)
        WHERE key <> ALL (ignored) AND after -> key IS DISTINCT FROM value;
    SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY (redacted) THEN '"***"' ELSE value END), '{}')
        INTO new_part FROM jsonb_each(after)
        WHERE key <> ALL (ignored) AND before -> key IS DISTINCT FROM value;
    IF TG_OP = 'UPDATE' AND old_part = '{}' AND new_part = '{}' THEN RETURN NULL; END IF;
    INSERT INTO public.tenants_auditentry (at, actor, request_id, ip, table_name, row_id, tenant_id, op, old, new)
    VALUES (
        clock_timestamp(),
        left(coalesce(current_setting('app.actor', true), ''), 40),
        left(coalesce(current_setting('app.request', true), ''), 100),
        nullif(current_setting('app.ip', true), '')::inet,
        TG_TABLE_NAME,
        coalesce(whole ->> 'id', ''),
        (whole ->> nullif(tenant_column, ''))::bigint,
        TG_OP,
        old_part,
        new_part
    );
    RETURN NULL;
END
$$;
"""


def audited(table: str, *, tenant_column: str = "", redact: Iterable[str] = (), ignore: Iterable[str] = ()) -> RunSQL:
    """Audit every INSERT, UPDATE and DELETE of `table`.

    `redact`: columns whose change is told, but not their content. `ignore`: columns that change all the time and mean
    nothing by themselves; a change of these alone is not written.
    """
    arguments = ", ".join(f"'{argument}'" for argument in (tenant_column, ",".join(redact), ",".join(ignore)))
    return RunSQL(
        f'CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
        f"FOR EACH ROW EXECUTE FUNCTION public.audit_row({arguments})",
        f'DROP TRIGGER audit_row ON "{table}"',
    )
