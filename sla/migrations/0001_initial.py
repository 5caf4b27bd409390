import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import sla.models.policy
from decimal import Decimal
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),  # a trusted extension: an ordinary owner may create it
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('spec', models.JSONField(help_text='timezone, weekly_hours, date_hours, holidays and holiday_regions, as the simulator reads them.', verbose_name='hours')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CauseCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('spec', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by_label', models.CharField(default='system', max_length=80)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='sla.calendar')),
            ],
            options={
                'ordering': ['calendar_id', '-version'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'version'), name='sla_calendar_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('label', models.CharField(blank=True, default='', help_text='Whose promise it is, in words.', max_length=300)),
                ('window', models.PositiveIntegerField(default=1)),
                ('priority', models.CharField(blank=True, choices=[('P0', 'P0 Critical'), ('P1', 'P1 High'), ('P2', 'P2 Medium'), ('P3', 'P3 Low')], default='', max_length=2)),
                ('target_amount', models.PositiveBigIntegerField()),
                ('target_unit', models.CharField(choices=[('seconds', 'seconds of open time'), ('business_days', 'business days'), ('wall_seconds', 'seconds round the clock')], max_length=20)),
                ('warn_steps', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=3, max_digits=4), blank=True, default=list, size=None)),
                ('phase', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('ended', 'Ended')], default='running', max_length=10)),
                ('ended_as', models.CharField(blank=True, choices=[('met', 'Met'), ('late', 'Late'), ('stopped', 'Stopped without being met'), ('moved', 'Moved to another case'), ('escalated', 'Met by escalation with a target')], default='', max_length=12)),
                ('started_at', models.DateTimeField()),
                ('counted_to', models.DateTimeField(help_text='Up to when `used` and `paused` have been summed.')),
                ('used', models.BigIntegerField(default=0)),
                ('paused', models.BigIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('warn_at', models.DateTimeField(blank=True, null=True)),
                ('held_due_at', models.DateTimeField(blank=True, null=True)),
                ('held_warn_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('breached_at', models.DateTimeField(blank=True, null=True)),
                ('generation', models.PositiveIntegerField(default=1, help_text='Counts the due times this clock has had.')),
                ('noticed_at', models.DateTimeField(blank=True, help_text='When we saw the breach.', null=True)),
                ('warned_steps', models.PositiveSmallIntegerField(default=0, help_text='Warnings raised for this due time.')),
                ('next_at', models.DateTimeField(blank=True, help_text='The next moment the sweep has work with it.', null=True)),
                ('retry_after', models.DateTimeField(blank=True, help_text='Set aside after an error until then.', null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('excused_at', models.DateTimeField(blank=True, null=True)),
                ('excused_by', models.CharField(blank=True, default='', max_length=80)),
                ('excused_with', models.CharField(blank=True, default='', help_text='Who at the client agreed.', max_length=200)),
                ('excused_reason', models.TextField(blank=True, default='')),
                ('calendar_version', models.ForeignKey(blank=True, help_text='Empty: counted round the clock.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='sla.calendarversion')),
                ('cause_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='sla.causecode')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('warning', 'Early warning'), ('breach', 'Breach')], max_length=10)),
                ('step', models.PositiveSmallIntegerField(default=0, help_text='Which warning, from 1; 0 for a breach.')),
                ('generation', models.PositiveIntegerField(default=1, help_text='Which due time of the clock this is about.')),
                ('title', models.CharField(max_length=300)),
                ('raised_at', models.DateTimeField()),
                ('noticed_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('resolved', 'Resolved')], default='open', max_length=12)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('real_risk', models.BooleanField(blank=True, help_text="The answer to 'is the risk real?'.", null=True)),
                ('reason', models.TextField(blank=True, default='')),
                ('tell_at', models.DateTimeField(help_text='When people hear of it: at once, or when the desk opens.')),
                ('addressed_at', models.DateTimeField(blank=True, help_text='When the people to tell were found.', null=True)),
                ('nobody', models.CharField(blank=True, default='', help_text='Roles that nobody holds, so nobody was told.', max_length=200)),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('clock', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='sla.clock')),
            ],
            options={
                'ordering': ['-raised_at', '-pk'],
                'indexes': [models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['-raised_at'], name='sla_alert_unresolved'), models.Index(fields=['tenant', '-raised_at'], name='sla_alert_of_tenant')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('clock__isnull', False)), fields=('clock', 'kind', 'step', 'generation'), name='sla_alert_exactly_once'), models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('status', 'resolved')), models.Q(models.Q(('status', 'resolved'), _negated=True), ('resolved_at__isnull', True)), _connector='OR'), name='sla_alert_resolved_at_iff_resolved'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'acknowledged'), _negated=True), ('acknowledged_at__isnull', False), _connector='OR'), name='sla_alert_acknowledged_at_when_acknowledged')],
            },
        ),
        migrations.CreateModel(
            name='ClockEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('event', models.CharField(choices=[('started', 'Started'), ('paused', 'Paused'), ('resumed', 'Went on'), ('stopped', 'Stopped'), ('retargeted', 'New target'), ('postponed', 'Moved to another moment'), ('warned', 'Early warning'), ('breached', 'Breached'), ('cause_given', 'Cause named'), ('excused', 'Excused'), ('undone', 'Earlier steps taken back')], max_length=20)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('by_label', models.CharField(default='system', max_length=80)),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='sla.clock')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['at', 'pk'],
                'indexes': [models.Index(fields=['clock', 'at'], name='sla_clock_event_of_clock')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('tier', models.CharField(blank=True, default='', max_length=40)),
                ('segment', models.CharField(blank=True, default='', max_length=80)),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(blank=True, help_text='Empty: until further notice.', null=True)),
                ('warn_steps', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=3, max_digits=4, validators=[django.core.validators.MinValueValidator(Decimal('0.001')), django.core.validators.MaxValueValidator(Decimal('0.999'))]), default=sla.models.policy.default_warn_steps, help_text='Parts of the target after which people are warned, rising, e.g. 0.5, 0.75.', size=None)),
                ('escalation_meets', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('P0', 'P0 Critical'), ('P1', 'P1 High'), ('P2', 'P2 Medium'), ('P3', 'P3 Low')], max_length=2), blank=True, default=sla.models.policy.default_escalation_meets, help_text='Priorities whose resolution is met by an escalation with a target told to the client.', size=None)),
                ('meaning', models.JSONField(blank=True, default=dict, help_text='What each priority means to this client: {priority: words}.')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='sla.calendar')),
                ('tenant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ['name', 'valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('segment', ''), ('tier', '')), models.Q(('segment', ''), ('tenant__isnull', True)), models.Q(('tenant__isnull', True), ('tier', '')), _connector='OR'), name='sla_policy_one_subject', violation_error_message='A policy is for one tenant, one tier, one segment, or everybody: choose one.'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='sla_policy_period', violation_error_message='A policy ends after it begins.'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(django.db.models.functions.comparison.Coalesce('tenant', models.Value(0, output_field=models.BigIntegerField())), '='), ('tier', '='), ('segment', '='), (sla.models.policy.InForce('valid_from', 'valid_to', models.Value('[)')), '&&')], name='sla_policy_no_overlap', violation_error_message='Another policy for the same tenant, tier or segment is in force in this time.')],
            },
        ),
        migrations.AddField(
            model_name='clock',
            name='policy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='sla.policy'),
        ),
        migrations.CreateModel(
            name='PolicyTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('priority', models.CharField(choices=[('P0', 'P0 Critical'), ('P1', 'P1 High'), ('P2', 'P2 Medium'), ('P3', 'P3 Low')], max_length=2)),
                ('kind', models.CharField(choices=[('first_response', 'First response'), ('next_reply', 'Next reply'), ('resolution', 'Resolution')], max_length=20)),
                ('amount', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1)])),
                ('unit', models.CharField(choices=[('seconds', 'seconds of open time'), ('business_days', 'business days'), ('wall_seconds', 'seconds round the clock')], max_length=20)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='sla.policy')),
            ],
            options={
                'ordering': ['priority', 'kind'],
                'constraints': [models.UniqueConstraint(fields=('policy', 'priority', 'kind'), name='sla_target_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='sla_target_positive')],
            },
        ),
        migrations.CreateModel(
            name='AlertRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('on_call', 'On-call'), ('po', 'Product owner'), ('tech_lead', 'Tech Lead'), ('communicator', 'Communicator')], max_length=16)),
                ('stands_in', models.BooleanField(default=False, help_text='Nobody holds the role itself at this tenant.')),
                ('tell_at', models.DateTimeField(blank=True, help_text='Empty: no longer needed.', null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='sla.alert')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('tell_at__isnull', False), ('told_at__isnull', True)), fields=['tell_at'], name='sla_recipient_untold'), models.Index(fields=['email', '-told_at'], name='sla_recipient_last_told')],
                'constraints': [models.UniqueConstraint(fields=('alert', 'role', 'email'), name='sla_alert_recipient_once')],
            },
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='sla_clock_next'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('phase', 'ended'), _negated=True), fields=['policy'], name='sla_clock_open_of_policy'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('retry_after__isnull', False)), fields=['retry_after'], name='sla_clock_set_aside'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(fields=['tenant', 'started_at'], name='sla_clock_of_tenant'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('phase', 'ended'), ('stopped_at__isnull', False), models.Q(('ended_as', ''), _negated=True)), models.Q(models.Q(('phase', 'ended'), _negated=True), ('ended_as', ''), ('stopped_at__isnull', True)), _connector='OR'), name='sla_clock_stopped_at_iff_ended'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('excused_at__isnull', True), ('excused_by', ''), ('excused_reason', ''), ('excused_with', '')), models.Q(('breached_at__isnull', False), ('excused_at__isnull', False), models.Q(('excused_by', ''), _negated=True), models.Q(('excused_with', ''), _negated=True)), _connector='OR'), name='sla_clock_excused_whole'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(('next_at__isnull', True), ('phase', 'running'), _connector='OR'), name='sla_clock_next_only_running'),
        ),
    ]
