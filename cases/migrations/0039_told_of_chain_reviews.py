"""Who has chosen how to be told hears of chain reviews like everybody else, until they say otherwise."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0038_nobodys_with_their_level")]
    operations = [
        migrations.RunSQL(
            "UPDATE cases_noticechoice SET cells = array_append(cells, 'review.mail') WHERE NOT 'review.mail' = ANY (cells)",
            "UPDATE cases_noticechoice SET cells = array_remove(cells, 'review.mail')",
        ),
    ]
