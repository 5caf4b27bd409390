from django.db import migrations

from config.tenancy_sql import same_tenant


class Migration(migrations.Migration):
    dependencies = [("cases", "0036_side_words_taken_back_and_read")]
    operations = [same_tenant(child="cases_sidelook", column="talk_id", parent="cases_sidetalk")]
