import datetime

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models

from loyalty.lib.migration_steps import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='BadContact',
                fields=[
                    ('contact', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='contact (hash)')),
                    ('channel', models.CharField(choices=[('inbox', 'in the cabinet'), ('email', 'e-mail'), ('sms', 'SMS'), ('push', 'push')], max_length=8, verbose_name='channel')),
                    ('reason', models.CharField(max_length=16, verbose_name='reason')),
                    ('at', models.DateTimeField(verbose_name='when')),
                ],
                options={
                    'verbose_name': 'contact that refuses messages',
                    'verbose_name_plural': 'contacts that refuse messages',
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('email', models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name='e-mail')),
                    ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, null=True, region=None, verbose_name='phone')),
                    ('phone_verified', models.BooleanField(default=False, verbose_name='phone verified')),
                    ('is_staff', models.BooleanField(default=False, verbose_name='staff')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('signup_pending', models.BooleanField(default=False, editable=False, verbose_name='sign-up not finished')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('language', models.CharField(blank=True, max_length=8, verbose_name='language')),
                    ('theme', models.CharField(choices=[('auto', 'System'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=8, verbose_name='theme')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_lower_case'), models.UniqueConstraint(models.F('phone'), name='user_phone_unique'), models.CheckConstraint(condition=models.Q(('email__isnull', False), ('phone__isnull', False), _connector='OR'), name='user_has_email_or_phone')],
                },
            ),
            migrations.CreateModel(
                name='Member',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='member', to=settings.AUTH_USER_MODEL, verbose_name='log-in')),
                    ('email', models.EmailField(blank=True, max_length=254, null=True, verbose_name='e-mail')),
                    ('phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, null=True, region=None, verbose_name='phone')),
                    ('first_name', models.CharField(blank=True, max_length=100, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=100, verbose_name='last name')),
                    ('birth_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='birthday: day')),
                    ('birth_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='birthday: month')),
                    ('birth_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='birthday: year')),
                    ('joined_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='joined')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': 'member',
                    'verbose_name_plural': 'members',
                    'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='member_email_unique'), models.UniqueConstraint(models.F('phone'), name='member_phone_unique'), models.CheckConstraint(condition=models.Q(models.Q(('birth_day__isnull', True), ('birth_month__isnull', True)), models.Q(('birth_day__range', (1, 31)), ('birth_month__range', (1, 12))), _connector='OR'), name='member_birthday_is_day_and_month')],
                },
            ),
            migrations.CreateModel(
                name='ProviderState',
                fields=[
                    ('name', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='name')),
                    ('failures', models.PositiveIntegerField(default=0, verbose_name='failures in a row')),
                    ('open_until', models.DateTimeField(blank=True, null=True, verbose_name='rests until')),
                    ('free_at', models.DateTimeField(blank=True, null=True, verbose_name='free from')),
                    ('error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                ],
                options={
                    'verbose_name': 'provider',
                    'verbose_name_plural': 'providers',
                },
            ),
            migrations.CreateModel(
                name='RateLimit',
                fields=[
                    ('bucket', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='bucket')),
                    ('hits', models.PositiveIntegerField(default=0, verbose_name='hits')),
                    ('expires_at', models.DateTimeField(db_index=True, verbose_name='starts afresh')),
                ],
                options={
                    'verbose_name': 'rate limit',
                    'verbose_name_plural': 'rate limits',
                },
            ),
            migrations.CreateModel(
                name='Scenario',
                fields=[
                    ('slug', models.SlugField(max_length=40, primary_key=True, serialize=False, verbose_name='name')),
                    ('is_on', models.BooleanField(default=True, verbose_name='on')),
                    ('days_before', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(30)], verbose_name='days before')),
                ],
                options={
                    'verbose_name': 'scenario',
                    'verbose_name_plural': 'scenarios',
                    'ordering': ['slug'],
                },
            ),
            migrations.CreateModel(
                name='SmsSpend',
                fields=[
                    ('bucket', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='bucket')),
                    ('day', models.DateField(db_index=True, verbose_name='day')),
                    ('spent', models.PositiveBigIntegerField(default=0, verbose_name='spent, hundredths')),
                    ('count', models.PositiveIntegerField(default=0, verbose_name='messages')),
                ],
                options={
                    'verbose_name': 'spent on SMS',
                    'verbose_name_plural': 'spent on SMS',
                },
            ),
            migrations.CreateModel(
                name='Broadcast',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('category', models.CharField(choices=[('offers', 'offers'), ('partner_news', 'partner news'), ('service', 'service')], default='offers', max_length=20, verbose_name='category')),
                    ('texts', models.JSONField(default=dict, verbose_name='texts')),
                    ('url', models.CharField(blank=True, max_length=200, verbose_name='leads to')),
                    ('audience', models.JSONField(blank=True, default=dict, verbose_name='filter')),
                    ('hold_out_pct', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='hold-out, %')),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('scheduled', 'scheduled'), ('queueing', 'being queued'), ('sending', 'being sent'), ('paused', 'paused'), ('done', 'done'), ('cancelled', 'cancelled')], default='draft', max_length=10, verbose_name='state')),
                    ('paused_from', models.CharField(blank=True, editable=False, max_length=10)),
                    ('scheduled_at', models.DateTimeField(blank=True, null=True, verbose_name='begins')),
                    ('started_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='begun')),
                    ('finished_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='finished')),
                    ('cursor', models.BigIntegerField(default=0, editable=False)),
                    ('audience_size', models.PositiveIntegerField(default=0, editable=False, verbose_name='members')),
                    ('held_out', models.PositiveIntegerField(default=0, editable=False, verbose_name='held out')),
                    ('author', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='written')),
                ],
                options={
                    'verbose_name': 'broadcast',
                    'verbose_name_plural': 'broadcasts',
                    'ordering': ['-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('hold_out_pct__lte', 50)), name='broadcast_hold_out_at_most_half')],
                },
            ),
            migrations.CreateModel(
                name='NotificationSettings',
                fields=[
                    ('member', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='notification_settings', serialize=False, to='accounts.member', verbose_name='member')),
                    ('timezone', models.CharField(blank=True, max_length=64, verbose_name='time zone')),
                    ('is_quiet', models.BooleanField(default=True, verbose_name='quiet hours')),
                    ('quiet_from', models.TimeField(default=datetime.time(22, 0), verbose_name='quiet from')),
                    ('quiet_until', models.TimeField(default=datetime.time(8, 0), verbose_name='quiet until')),
                    ('cap_day', models.PositiveSmallIntegerField(default=2, verbose_name='at most a day')),
                    ('cap_week', models.PositiveSmallIntegerField(default=5, verbose_name='at most a week')),
                    ('digest', models.CharField(choices=[('off', 'one by one'), ('daily', 'once a day'), ('weekly', 'once a week')], default='off', max_length=8, verbose_name='digest')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed')),
                ],
                options={
                    'verbose_name': 'settings of notifications',
                    'verbose_name_plural': 'settings of notifications',
                },
            ),
            migrations.CreateModel(
                name='ContactRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_requests', to='accounts.member', verbose_name='member')),
                    ('topic', models.CharField(choices=[('points', 'points and purchases'), ('card', 'card and log-in'), ('partner', 'a partner'), ('quest', 'quests and level'), ('other', 'something else')], max_length=10, verbose_name='topic')),
                    ('order_ref', models.BigIntegerField(blank=True, null=True, verbose_name='purchase')),
                    ('text', models.TextField(max_length=4000, verbose_name='text')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                    ('state', models.CharField(choices=[('open', 'waits for an answer'), ('answered', 'answered'), ('closed', 'closed without an answer')], default='open', max_length=10, verbose_name='state')),
                    ('answer', models.TextField(blank=True, max_length=4000, verbose_name='answer')),
                    ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ],
                options={
                    'verbose_name': 'letter from a member',
                    'verbose_name_plural': 'letters from members',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['state', '-id'], name='contact_request_by_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'answered'), _negated=True), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='contact_request_answer_has_text')],
                },
            ),
            migrations.CreateModel(
                name='Consent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='accounts.member', verbose_name='member')),
                    ('kind', models.CharField(choices=[('rules', 'programme rules and personal data'), ('marketing', 'marketing messages')], max_length=16, verbose_name='kind')),
                    ('given', models.BooleanField(verbose_name='given')),
                    ('version', models.CharField(max_length=32, verbose_name='version of the text')),
                    ('source', models.CharField(max_length=32, verbose_name='source')),
                    ('at', models.DateTimeField(verbose_name='when')),
                ],
                options={
                    'verbose_name': 'consent',
                    'verbose_name_plural': 'consents',
                    'indexes': [models.Index(fields=['member', 'kind', '-at'], name='consent_latest')],
                },
            ),
            migrations.CreateModel(
                name='Card',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='accounts.member', verbose_name='member')),
                    ('number', models.CharField(max_length=16, unique=True, verbose_name='number')),
                    ('kind', models.CharField(choices=[('virtual', 'virtual'), ('plastic', 'plastic')], default='virtual', max_length=8, verbose_name='kind')),
                    ('is_primary', models.BooleanField(default=False, verbose_name='primary')),
                    ('blocked_at', models.DateTimeField(blank=True, null=True, verbose_name='blocked')),
                    ('block_reason', models.CharField(blank=True, choices=[('lost', 'lost'), ('stolen', 'stolen'), ('damaged', 'damaged'), ('replaced', 'replaced by a new card'), ('staff', 'blocked by staff')], max_length=8, verbose_name='reason of the block')),
                    ('replaced_by', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='accounts.card', verbose_name='replaced by')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='issued')),
                ],
                options={
                    'verbose_name': 'card',
                    'verbose_name_plural': 'cards',
                    'constraints': [models.UniqueConstraint(models.F('member'), condition=models.Q(('is_primary', True)), name='card_one_primary_per_member'), models.CheckConstraint(condition=models.Q(('is_primary', False), ('blocked_at__isnull', True), _connector='OR'), name='card_primary_is_not_blocked')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('event_key', models.CharField(max_length=80, verbose_name='fact')),
                    ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='accounts.member', verbose_name='member')),
                    ('category', models.CharField(choices=[('points_credited', 'points credited'), ('points_spent', 'points spent'), ('points_expiring', 'points about to expire'), ('level_and_quests', 'level and quests'), ('offers', 'offers'), ('partner_news', 'partner news'), ('security', 'security'), ('service', 'service')], max_length=20, verbose_name='category')),
                    ('channel', models.CharField(choices=[('inbox', 'in the cabinet'), ('email', 'e-mail'), ('sms', 'SMS'), ('push', 'push')], max_length=8, verbose_name='channel')),
                    ('scenario', models.CharField(max_length=40, verbose_name='scenario')),
                    ('text_version', models.PositiveIntegerField(default=0, verbose_name='version of the text')),
                    ('broadcast', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='accounts.broadcast', verbose_name='broadcast')),
                    ('language', models.CharField(max_length=8, verbose_name='language')),
                    ('title', models.CharField(max_length=200, verbose_name='title')),
                    ('body', models.TextField(verbose_name='text')),
                    ('rows', models.JSONField(default=list, verbose_name='rows')),
                    ('button', models.CharField(blank=True, max_length=60, verbose_name='button')),
                    ('url', models.CharField(blank=True, max_length=200, verbose_name='leads to')),
                    ('state', models.CharField(choices=[('queued', 'queued'), ('sent', 'sent'), ('delivered', 'delivered'), ('failed', 'failed'), ('suppressed', 'suppressed')], default='queued', max_length=10, verbose_name='state')),
                    ('reason', models.CharField(blank=True, choices=[('preference', 'switched off by the member'), ('consent', 'no consent to marketing'), ('unverified', "the contact isn't confirmed"), ('bad_contact', 'the contact refuses messages'), ('cap', 'too many messages already'), ('hold_out', 'hold-out group'), ('digest', 'went with a digest'), ('cancelled', 'cancelled by staff'), ('stale', 'too late to be of use'), ('budget', 'the budget for SMS is used up'), ('country', 'no SMS to this country'), ('refused', 'refused by the provider'), ('bounced', 'bounced'), ('undelivered', 'not delivered'), ('gave_up', 'given up after all attempts')], max_length=12, verbose_name='reason')),
                    ('priority', models.PositiveSmallIntegerField(verbose_name='priority')),
                    ('planned_at', models.DateTimeField(verbose_name='planned')),
                    ('due_at', models.DateTimeField(verbose_name='due')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('error', models.CharField(blank=True, max_length=200, verbose_name='last error')),
                    ('in_digest', models.BooleanField(default=False, verbose_name='waits for a digest')),
                    ('provider', models.CharField(blank=True, max_length=40, verbose_name='provider')),
                    ('provider_id', models.CharField(blank=True, max_length=120, verbose_name='number at the provider')),
                    ('segments', models.PositiveSmallIntegerField(default=0, verbose_name='parts')),
                    ('cost', models.DecimalField(decimal_places=2, default=0, max_digits=8, verbose_name='cost')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                    ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='delivered')),
                    ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='opened')),
                    ('clicked_at', models.DateTimeField(blank=True, null=True, verbose_name='clicked')),
                ],
                options={
                    'verbose_name': 'message',
                    'verbose_name_plural': 'messages',
                    'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['channel', 'priority', 'due_at', 'id'], name='message_due'), models.Index(fields=['member', 'channel', '-id'], name='message_by_member'), models.Index(condition=models.Q(('channel', 'inbox'), ('read_at__isnull', True), ('state', 'delivered')), fields=['member'], name='message_unread'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='message_at_provider'), models.Index(condition=models.Q(('broadcast__isnull', False)), fields=['broadcast', 'channel', 'state'], name='message_of_broadcast'), models.Index(condition=models.Q(('state', 'failed')), fields=['channel', '-id'], name='message_failed')],
                    'constraints': [models.UniqueConstraint(models.F('event_key'), models.F('member'), models.F('category'), models.F('channel'), name='message_told_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'suppressed'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='message_suppressed_for_a_reason')],
                },
            ),
            migrations.CreateModel(
                name='NotificationChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notification_choices', to='accounts.member', verbose_name='member')),
                    ('category', models.CharField(choices=[('points_credited', 'points credited'), ('points_spent', 'points spent'), ('points_expiring', 'points about to expire'), ('level_and_quests', 'level and quests'), ('offers', 'offers'), ('partner_news', 'partner news'), ('security', 'security'), ('service', 'service')], max_length=20, verbose_name='category')),
                    ('channel', models.CharField(choices=[('inbox', 'in the cabinet'), ('email', 'e-mail'), ('sms', 'SMS'), ('push', 'push')], max_length=8, verbose_name='channel')),
                    ('is_on', models.BooleanField(verbose_name='on')),
                    ('source', models.CharField(max_length=32, verbose_name='source')),
                    ('changed_at', models.DateTimeField(verbose_name='changed')),
                ],
                options={
                    'verbose_name': 'choice of notifications',
                    'verbose_name_plural': 'choices of notifications',
                    'constraints': [models.UniqueConstraint(models.F('member'), models.F('category'), models.F('channel'), name='notification_choice_once')],
                },
            ),
            migrations.CreateModel(
                name='PushSubscription',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='push_subscriptions', to='accounts.member', verbose_name='member')),
                    ('endpoint', models.CharField(max_length=500, unique=True, verbose_name='address')),
                    ('p256dh', models.CharField(max_length=120, verbose_name='key')),
                    ('auth', models.CharField(max_length=40, verbose_name='secret')),
                    ('device', models.CharField(blank=True, max_length=80, verbose_name='device')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='allowed')),
                ],
                options={
                    'verbose_name': 'push subscription',
                    'verbose_name_plural': 'push subscriptions',
                },
            ),
            migrations.CreateModel(
                name='ScenarioText',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scenario', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='accounts.scenario', verbose_name='scenario')),
                    ('language', models.CharField(max_length=8, verbose_name='language')),
                    ('version', models.PositiveIntegerField(verbose_name='version')),
                    ('title', models.CharField(max_length=150, verbose_name='title')),
                    ('body', models.TextField(max_length=2000, verbose_name='text')),
                    ('sms', models.CharField(max_length=300, verbose_name='SMS')),
                    ('button', models.CharField(blank=True, max_length=60, verbose_name='button')),
                    ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                ],
                options={
                    'verbose_name': 'text of a scenario',
                    'verbose_name_plural': 'texts of scenarios',
                    'ordering': ['scenario', 'language', '-version'],
                    'constraints': [models.UniqueConstraint(models.F('scenario'), models.F('language'), models.F('version'), name='scenario_text_version_once')],
                },
            ),
        ]),
    ]
