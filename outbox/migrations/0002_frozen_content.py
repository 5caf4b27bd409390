"""What was said stays said: columns that no UPDATE may name, whoever asks."""

from django.db import migrations

FROZEN = {
    "outbox_event": ["name", "tenant_id", "payload", "key", "at", "created_at", "in_feed"],
    "outbox_delivery": [
        "key",
        "channel",
        "tenant_id",
        "about_kind",
        "about_id",
        "to",
        "reply_to",
        "subject",
        "text",
        "html",
        "headers",
        "message_id",
        "automated",
        "created_at",
    ],
    "outbox_intervention": ["id", "consumption_id", "delivery_id", "kind", "by", "at", "reason"],
}

FUNCTION = """
CREATE FUNCTION outbox_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = format('%s keeps what it said: this column is frozen', TG_TABLE_NAME);
END
$$;
"""


def freeze(table: str, columns: list[str]) -> migrations.RunSQL:
    names = ", ".join(f'"{column}"' for column in columns)
    return migrations.RunSQL(
        f'CREATE TRIGGER frozen BEFORE UPDATE OF {names} ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION outbox_frozen()",
        f'DROP TRIGGER frozen ON "{table}"',
    )


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("config", "0001_database_roles")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION outbox_frozen()"),
        *[freeze(table, columns) for table, columns in FROZEN.items()],
    ]
