import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

ROLES = [('l1', 'L1'), ('lead', 'CS Lead'), ('l2', 'L2'), ('l3', 'L3 / Tech Lead'), ('po', 'PO')]


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0010_worked_not_new'),
        ('incidents', '0005_newest_by_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='Macro',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('active', models.BooleanField(default=True)),
                ('public', models.BooleanField(default=True, help_text='Off: an internal note.', verbose_name='for the client')),
                ('texts', models.JSONField(default=dict)),
                ('send_as', models.CharField(blank=True, choices=[('waiting', 'Waiting on customer'), ('resolved', 'Resolved')], max_length=10)),
                ('validated', models.TextField(blank=True, help_text='How it was checked that it works.')),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None)),
                ('preventive_actions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None)),
                ('sets_tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('docs', models.JSONField(blank=True, default=list)),
                ('error_codes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('health', models.CharField(blank=True, choices=[('amber', 'Amber or red'), ('red', 'Red')], max_length=5)),
                ('health_of', models.CharField(blank=True, help_text="Part of the signal's or its resource's name. Empty: any signal.", max_length=120)),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=ROLES, max_length=10), blank=True, default=list, help_text='Who may use it. None: everybody who works cases.', size=None)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('for_category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.category')),
                ('runbook', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.runbook')),
                ('sets_category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.category')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.AddConstraint(
            model_name='macro',
            constraint=models.CheckConstraint(condition=models.Q(('texts__has_key', 'en')), name='cases_macro_has_words'),
        ),
        migrations.AddConstraint(
            model_name='macro',
            constraint=models.CheckConstraint(condition=models.Q(('public', True), ('send_as', ''), _connector='OR'), name='cases_macro_notes_move_nothing'),
        ),
        migrations.AddConstraint(
            model_name='macro',
            constraint=models.CheckConstraint(condition=models.Q(('send_as', 'resolved'), models.Q(('evidence', []), ('preventive_actions', []), ('validated', '')), _connector='OR'), name='cases_macro_gates_of_a_resolution'),
        ),
        migrations.AddConstraint(
            model_name='macro',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('health', ''), _negated=True), ('health_of', ''), _connector='OR'), name='cases_macro_health_of_what'),
        ),
        migrations.AddField(
            model_name='interaction',
            name='macro',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The canned answer that it was made from', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='cases.macro'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(condition=models.Q(('macro__isnull', False)), fields=['macro', '-at'], name='cases_interaction_macro'),
        ),
    ]
