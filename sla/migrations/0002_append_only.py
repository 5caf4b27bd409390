from django.db import migrations

from config.append_only import append_only
from config.tenancy_sql import same_tenant


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial"), ("config", "0001_database_roles")]
    operations = [
        append_only("sla_clockevent"),
        append_only("sla_calendarversion"),
        same_tenant(child="sla_clockevent", column="clock_id", parent="sla_clock"),
        same_tenant(child="sla_alert", column="clock_id", parent="sla_clock"),
    ]
