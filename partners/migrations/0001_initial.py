import uuid
from decimal import Decimal

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import partners.models.api_key
import partners.models.place
from loyalty.lib.migration_steps import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        # Tables beside members: altering them takes longer the more models refer to each other.
        ('mfa', '0003_authenticator_type_uniq'),
        ('rest_framework_api_key', '0005_auto_20220110_1102'),
        ('usersessions', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Category',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True, verbose_name='slug')),
                    ('name', models.CharField(max_length=100, verbose_name='name')),
                    ('name_ru', models.CharField(blank=True, max_length=100, verbose_name='name')),
                    ('name_en', models.CharField(blank=True, max_length=100, verbose_name='name')),
                    ('name_ro', models.CharField(blank=True, max_length=100, verbose_name='name')),
                    ('name_lv', models.CharField(blank=True, max_length=100, verbose_name='name')),
                    ('icon', models.CharField(default='store', help_text='A symbol of icons.svg without its prefix, as in: basket, coffee, book.', max_length=20, verbose_name='icon')),
                    ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ],
                options={
                    'verbose_name': 'category',
                    'verbose_name_plural': 'categories',
                    'ordering': ['position', 'slug'],
                },
            ),
            migrations.CreateModel(
                name='Partner',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=64, unique=True, verbose_name='slug')),
                    ('name', models.CharField(max_length=200, verbose_name='name')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='partners', to='partners.category', verbose_name='category')),
                    ('short_line', models.CharField(blank=True, max_length=120, verbose_name='short line')),
                    ('short_line_ru', models.CharField(blank=True, max_length=120, verbose_name='short line')),
                    ('short_line_en', models.CharField(blank=True, max_length=120, verbose_name='short line')),
                    ('short_line_ro', models.CharField(blank=True, max_length=120, verbose_name='short line')),
                    ('short_line_lv', models.CharField(blank=True, max_length=120, verbose_name='short line')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('description_ru', models.TextField(blank=True, verbose_name='description')),
                    ('description_en', models.TextField(blank=True, verbose_name='description')),
                    ('description_ro', models.TextField(blank=True, verbose_name='description')),
                    ('description_lv', models.TextField(blank=True, verbose_name='description')),
                    ('exclusions_text', models.TextField(blank=True, verbose_name='what earns no points, in words')),
                    ('exclusions_text_ru', models.TextField(blank=True, verbose_name='what earns no points, in words')),
                    ('exclusions_text_en', models.TextField(blank=True, verbose_name='what earns no points, in words')),
                    ('exclusions_text_ro', models.TextField(blank=True, verbose_name='what earns no points, in words')),
                    ('exclusions_text_lv', models.TextField(blank=True, verbose_name='what earns no points, in words')),
                    ('logo', models.CharField(blank=True, editable=False, max_length=40, verbose_name='logo')),
                    ('photos', models.JSONField(blank=True, default=list, editable=False, verbose_name='photos')),
                    ('confirmed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='confirmed')),
                    ('reminded_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='reminded to confirm')),
                    ('spend_requires', models.CharField(blank=True, choices=[('token', "a one-time code from the member's phone"), ('confirmation', "the member's consent on the phone"), ('card', 'the card number alone')], help_text='Empty: what the programme says.', max_length=12, null=True, verbose_name='a spend needs')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                    ('search', models.TextField(blank=True, default='', editable=False)),
                ],
                options={
                    'verbose_name': 'partner',
                    'verbose_name_plural': 'partners',
                    'ordering': ['name', 'pk'],
                    'indexes': [models.Index(condition=models.Q(('is_active', False)), fields=['id'], name='partner_inactive')],
                },
            ),
            migrations.CreateModel(
                name='MapVersion',
                fields=[
                    ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='partners.partner')),
                    ('token', models.BigIntegerField()),
                ],
            ),
            migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='partners.partner', verbose_name='partner')),
                    ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                    ('role', models.CharField(choices=[('viewer', 'viewer'), ('editor', 'editor'), ('manager', 'manager')], default='viewer', max_length=8, verbose_name='role')),
                    ('invited_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='sent')),
                    ('expires_at', models.DateTimeField(verbose_name='valid until')),
                    ('accepted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='accepted')),
                    ('accepted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accepted by')),
                    ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='withdrawn')),
                ],
                options={
                    'verbose_name': 'invitation',
                    'verbose_name_plural': 'invitations',
                    'ordering': ['-pk'],
                    'constraints': [models.UniqueConstraint(models.F('partner'), models.F('email'), condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True)), name='invitation_one_open_per_email'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='invitation_email_lower_case'), models.CheckConstraint(condition=models.Q(('role__in', ['viewer', 'editor', 'manager'])), name='invitation_role_known'), models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True), _connector='OR'), name='invitation_accepted_or_withdrawn')],
                },
            ),
            migrations.CreateModel(
                name='Favourite',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='accounts.member', verbose_name='member')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='partners.partner', verbose_name='partner')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ],
                options={
                    'verbose_name': 'favourite',
                    'verbose_name_plural': 'favourites',
                    'constraints': [models.UniqueConstraint(models.F('member'), models.F('partner'), name='favourite_once_per_partner')],
                },
            ),
            migrations.CreateModel(
                name='CustomerNumber',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customer_numbers', to='partners.partner', verbose_name='partner')),
                    ('number', models.CharField(max_length=64, verbose_name='customer number')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customer_numbers', to='accounts.member', verbose_name='member')),
                ],
                options={
                    'verbose_name': 'customer number',
                    'verbose_name_plural': 'customer numbers',
                    'constraints': [models.UniqueConstraint(models.F('partner'), models.F('number'), name='customer_number_unique_per_partner')],
                },
            ),
            migrations.CreateModel(
                name='ApiKey',
                fields=[
                    ('id', models.CharField(editable=False, max_length=150, primary_key=True, serialize=False, unique=True)),
                    ('prefix', models.CharField(editable=False, max_length=8, unique=True)),
                    ('hashed_key', models.CharField(editable=False, max_length=150)),
                    ('created', models.DateTimeField(auto_now_add=True, db_index=True)),
                    ('name', models.CharField(default=None, help_text='A free-form name for the API key. Need not be unique. 50 characters max.', max_length=50)),
                    ('revoked', models.BooleanField(blank=True, default=False, help_text='If the API key is revoked, clients cannot use it anymore. (This cannot be undone.)')),
                    ('expiry_date', models.DateTimeField(blank=True, help_text='Once API key expires, clients cannot use it anymore.', null=True, verbose_name='Expires')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='partners.partner', verbose_name='partner')),
                    ('scopes', models.JSONField(default=list, validators=[partners.models.api_key.validate_scopes], verbose_name='scopes')),
                    ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last used')),
                    ('replaced_by', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='partners.apikey', verbose_name='replaced by')),
                    ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ],
                options={
                    'verbose_name': 'API key',
                    'verbose_name_plural': 'API keys',
                    'ordering': ('-created',),
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Outlet',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outlets', to='partners.partner', verbose_name='partner')),
                    ('external_id', models.CharField(max_length=64, verbose_name="partner's id")),
                    ('name', models.CharField(max_length=200, verbose_name='name')),
                    ('address', models.CharField(max_length=300, verbose_name='address')),
                    ('city', models.CharField(max_length=100, verbose_name='city')),
                    ('country', models.CharField(max_length=2, verbose_name='country')),
                    ('lat', models.FloatField(verbose_name='latitude')),
                    ('lng', models.FloatField(verbose_name='longitude')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('hours', models.CharField(blank=True, help_text='As in: Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off. Or: 24/7.', max_length=300, verbose_name='opening hours')),
                    ('timezone', models.CharField(blank=True, help_text="As in Europe/Moscow. Empty: the only zone of the country, else the programme's.", max_length=64, verbose_name='time zone')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('cell', models.GeneratedField(db_persist=True, expression=partners.models.place.CellNumber('lat', 'lng'), output_field=models.BigIntegerField())),
                    ('schedule', models.GeneratedField(db_persist=True, expression=partners.models.place.Joined('timezone', 'country', 'hours'), output_field=models.CharField(max_length=400))),
                ],
                options={
                    'verbose_name': 'outlet',
                    'verbose_name_plural': 'outlets',
                    'ordering': ['partner_id', 'external_id'],
                    'indexes': [models.Index(fields=['cell'], name='outlet_by_cell'), models.Index(fields=['partner', 'cell'], name='outlet_by_partner_and_cell')],
                    'constraints': [models.UniqueConstraint(models.F('partner'), models.F('external_id'), name='outlet_unique_per_partner'), models.CheckConstraint(condition=models.Q(('lat__range', (-90, 90)), ('lng__range', (-180, 180))), name='outlet_on_earth')],
                },
            ),
            migrations.CreateModel(
                name='ListingChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='partners.partner', verbose_name='partner')),
                    ('kind', models.CharField(choices=[('listing', 'texts and pictures'), ('outlet', 'outlet'), ('new_outlet', 'new outlet')], max_length=10, verbose_name='what')),
                    ('outlet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='partners.outlet', verbose_name='outlet')),
                    ('base', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='published when proposed')),
                    ('proposed', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='proposed')),
                    ('state', models.CharField(choices=[('draft', 'draft'), ('waiting', 'waiting for review'), ('approved', 'published'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default='draft', max_length=10, verbose_name='state')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='begun')),
                    ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='begun by')),
                    ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='sent for review')),
                    ('submitted_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent by')),
                    ('decided_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='decided')),
                    ('decided_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ],
                options={
                    'verbose_name': 'change of a listing',
                    'verbose_name_plural': 'changes of listings',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(fields=['partner', '-id'], name='change_of_partner'), models.Index(condition=models.Q(('state', 'waiting')), fields=['submitted_at'], name='change_waiting')],
                    'constraints': [models.UniqueConstraint(models.F('partner'), condition=models.Q(('state__in', ['draft', 'waiting']), ('kind', 'listing')), name='change_one_open_per_listing'), models.UniqueConstraint(models.F('outlet'), condition=models.Q(('state__in', ['draft', 'waiting']), ('kind', 'outlet')), name='change_one_open_per_outlet'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'outlet'), ('outlet__isnull', False)), models.Q(('kind', 'listing'), ('outlet__isnull', True)), ('kind', 'new_outlet'), _connector='OR'), name='change_outlet_where_one_is_meant'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'approved', 'rejected', 'withdrawn'])), name='change_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='change_rejected_with_reason')],
                },
            ),
            migrations.CreateModel(
                name='OutletReport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('outlet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='partners.outlet', verbose_name='outlet')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outlet_reports', to='accounts.member', verbose_name='member')),
                    ('kind', models.CharField(choices=[('closed', 'closed'), ('card_refused', 'the card was refused')], max_length=12, verbose_name='what happened')),
                    ('comment', models.CharField(blank=True, max_length=500, verbose_name='comment')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ],
                options={
                    'verbose_name': 'report of an outlet',
                    'verbose_name_plural': 'reports of outlets',
                    'ordering': ['-pk'],
                    'constraints': [models.UniqueConstraint(models.F('outlet'), models.F('member'), models.F('kind'), condition=models.Q(('settled_at__isnull', True)), name='report_open_once_per_member')],
                },
            ),
            migrations.CreateModel(
                name='PartnerUser',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='people', to='partners.partner', verbose_name='partner')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='desks', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('role', models.CharField(choices=[('viewer', 'viewer'), ('editor', 'editor'), ('manager', 'manager')], default='viewer', max_length=8, verbose_name='role')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='since')),
                ],
                options={
                    'verbose_name': "partner's user",
                    'verbose_name_plural': "partners' users",
                    'ordering': ['partner_id', 'pk'],
                    'constraints': [models.UniqueConstraint(models.F('partner'), models.F('user'), name='partner_user_once'), models.CheckConstraint(condition=models.Q(('role__in', ['viewer', 'editor', 'manager'])), name='partner_user_role_known')],
                },
            ),
            migrations.CreateModel(
                name='Terms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='partners.partner', verbose_name='partner')),
                    ('valid_from', models.DateTimeField(verbose_name='valid from')),
                    ('base_pct', models.DecimalField(decimal_places=3, max_digits=6, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='base accrual, %')),
                    ('spendable_pct', models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='payable with points, %')),
                    ('pending_days', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='pending days')),
                    ('lifetime_days', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)], verbose_name='lifetime, days')),
                    ('funding', models.CharField(choices=[('partner', 'the partner'), ('operator', 'the operator')], default='partner', max_length=8, verbose_name='base points are paid by')),
                    ('fee_pct', models.DecimalField(decimal_places=3, default=Decimal(0), max_digits=6, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name="operator's fee, % of turnover")),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': 'terms',
                    'verbose_name_plural': 'terms',
                    'ordering': ['partner_id', 'valid_from'],
                    'constraints': [models.UniqueConstraint(models.F('partner'), models.F('valid_from'), name='terms_one_row_per_instant'), models.CheckConstraint(condition=models.Q(('base_pct__range', (0, 100))), name='terms_base_pct_in_0_100'), models.CheckConstraint(condition=models.Q(('spendable_pct__isnull', True), ('spendable_pct__range', (0, 100)), _connector='OR'), name='terms_spendable_pct_in_0_100'), models.CheckConstraint(condition=models.Q(('fee_pct__range', (0, 100))), name='terms_fee_pct_in_0_100'), models.CheckConstraint(condition=models.Q(('lifetime_days__isnull', True), ('lifetime_days__gte', 1), _connector='OR'), name='terms_lifetime_at_least_1')],
                },
            ),
            migrations.CreateModel(
                name='TermsExclusion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('terms', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exclusions', to='partners.terms', verbose_name='terms')),
                    ('field', models.CharField(choices=[('category', 'category of the line'), ('sku', 'SKU')], max_length=8, verbose_name='compares')),
                    ('value', models.CharField(max_length=120, verbose_name='equals')),
                    ('reason', models.CharField(max_length=200, verbose_name='reason shown to members')),
                ],
                options={
                    'verbose_name': 'exclusion',
                    'verbose_name_plural': 'exclusions',
                    'constraints': [models.UniqueConstraint(models.F('terms'), models.F('field'), models.F('value'), name='exclusion_unique_per_terms')],
                },
            ),
            migrations.CreateModel(
                name='VisitCount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='partners.partner', verbose_name='partner')),
                    ('outlet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='partners.outlet', verbose_name='outlet')),
                    ('day', models.DateField(verbose_name='day')),
                    ('shard', models.PositiveSmallIntegerField(verbose_name='shard')),
                    ('views', models.PositiveIntegerField(default=0, verbose_name='views')),
                    ('route_taps', models.PositiveIntegerField(default=0, verbose_name='taps on the route')),
                ],
                options={
                    'verbose_name': 'visits of a day',
                    'verbose_name_plural': 'visits',
                    'default_permissions': ('view',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('outlet__isnull', False)), fields=('partner', 'day', 'outlet', 'shard'), name='visits_of_outlet'), models.UniqueConstraint(condition=models.Q(('outlet__isnull', True)), fields=('partner', 'day', 'shard'), name='visits_of_partner')],
                },
            ),
            migrations.CreateModel(
                name='WebhookEndpoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='partners.partner', verbose_name='partner')),
                    ('url', models.URLField(max_length=500, verbose_name='address')),
                    ('description', models.CharField(blank=True, max_length=200, verbose_name='description')),
                    ('kinds', models.JSONField(blank=True, default=list, help_text='Empty: all of them.', verbose_name='kinds of messages')),
                    ('secret', models.CharField(editable=False, max_length=100, verbose_name='secret')),
                    ('previous_secret', models.CharField(blank=True, editable=False, max_length=100, verbose_name='previous secret')),
                    ('previous_secret_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='previous secret valid until')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('disabled_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='disabled')),
                    ('disabled_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='why it was disabled')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                    ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failures in a row')),
                    ('failing_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='failing since')),
                    ('paused_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='not tried before')),
                    ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='a worker sends until')),
                ],
                options={
                    'verbose_name': 'webhook',
                    'verbose_name_plural': 'webhooks',
                    'ordering': ['partner_id', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('disabled_at__isnull', True), ('is_active', True)), ('is_active', False), _connector='OR'), name='webhook_active_is_not_disabled')],
                },
            ),
            migrations.CreateModel(
                name='WebhookDelivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='message id')),
                    ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='partners.webhookendpoint', verbose_name='webhook')),
                    ('event_id', models.BigIntegerField(blank=True, null=True, verbose_name='event')),
                    ('kind', models.CharField(choices=[('order.recorded', 'order recorded'), ('return.recorded', 'return recorded'), ('points.spent', 'points spent'), ('webhook.test', 'test message')], max_length=40, verbose_name='kind')),
                    ('body', models.TextField(verbose_name='message')),
                    ('state', models.CharField(choices=[('pending', 'on its way'), ('delivered', 'delivered'), ('failed', 'given up')], default='pending', max_length=10, verbose_name='state')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                    ('due_at', models.DateTimeField(verbose_name='next attempt')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('last_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='last attempt')),
                    ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='delivered')),
                    ('response_status', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='answer')),
                    ('error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ],
                options={
                    'verbose_name': 'webhook delivery',
                    'verbose_name_plural': 'webhook deliveries',
                    'ordering': ['-pk'],
                    'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['endpoint', 'due_at'], name='delivery_due'), models.Index(condition=models.Q(('state', 'pending'), _negated=True), fields=['created_at'], name='delivery_settled')],
                    'constraints': [models.UniqueConstraint(models.F('endpoint'), models.F('event_id'), name='delivery_once_per_event')],
                },
            ),
        ]),
    ]
