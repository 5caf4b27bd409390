"""The audit is the database's: a trigger writes an `AuditEntry` for each changed row, whoever changes it, raw SQL too.

In a migration of a higher room, with `("tenants", "0002_audit")` among its dependencies:

    operations = [audited("cases_case", tenant_column="tenant_id")]
"""

from collections.abc import Iterable

from django.db.migrations import RunSQL

# Arguments of the trigger: the column that names the tenant ('' for none), redacted columns, ignored columns.
FUNCTION = """
CREATE OR REPLACE FUNCTION public.audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant_column text := TG_ARGV[0];
    redacted text[] := string_to_array(TG_ARGV[1], ',');
    ignored text[] := string_to_array(TG_ARGV[2], ',');
    before jsonb;
    after jsonb;
    whole jsonb;
    old_part jsonb := '{}';
    new_part jsonb := '{}';
    secret text;
BEGIN
    -- Every change of a case pays for this: a row that comes or goes is taken whole, two are compared in one pass.
    CASE TG_OP
    WHEN 'INSERT' THEN
        whole := to_jsonb(NEW);
        new_part := whole - ignored;
    WHEN 'DELETE' THEN
        whole := to_jsonb(OLD);
        old_part := whole - ignored;
    ELSE
        before := to_jsonb(OLD);
        after := to_jsonb(NEW);
        whole := after;
        SELECT coalesce(jsonb_object_agg(key, before -> key), '{}'), coalesce(jsonb_object_agg(key, value), '{}')
            INTO old_part, new_part FROM jsonb_each(after)
            WHERE before -> key IS DISTINCT FROM value AND key <> ALL (ignored);
        IF new_part = '{}' THEN RETURN NULL; END IF;
    END CASE;
    FOREACH secret IN ARRAY redacted LOOP
        IF old_part ? secret THEN old_part := jsonb_set(old_part, ARRAY[secret], '"***"'); END IF;
        IF new_part ? secret THEN new_part := jsonb_set(new_part, ARRAY[secret], '"***"'); END IF;
    END LOOP;
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
