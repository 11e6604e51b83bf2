import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import quests.triggers
from loyalty.lib.migration_steps import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('loyalty', '0001_initial'),
        ('partners', '0001_initial'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='QuestGroup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True, verbose_name='slug')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('name_ru', models.CharField(blank=True, max_length=60, verbose_name='name')),
                    ('name_en', models.CharField(blank=True, max_length=60, verbose_name='name')),
                    ('name_ro', models.CharField(blank=True, max_length=60, verbose_name='name')),
                    ('name_lv', models.CharField(blank=True, max_length=60, verbose_name='name')),
                    ('note', models.CharField(blank=True, max_length=80, verbose_name='what they have in common')),
                    ('note_ru', models.CharField(blank=True, max_length=80, verbose_name='what they have in common')),
                    ('note_en', models.CharField(blank=True, max_length=80, verbose_name='what they have in common')),
                    ('note_ro', models.CharField(blank=True, max_length=80, verbose_name='what they have in common')),
                    ('note_lv', models.CharField(blank=True, max_length=80, verbose_name='what they have in common')),
                    ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ],
                options={
                    'verbose_name': 'quest group',
                    'verbose_name_plural': 'quest groups',
                    'ordering': ['position', 'slug'],
                },
            ),
            migrations.CreateModel(
                name='Quest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True, verbose_name='slug')),
                    ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quests', to='quests.questgroup', verbose_name='group')),
                    ('title', models.CharField(max_length=80, verbose_name='title')),
                    ('title_ru', models.CharField(blank=True, max_length=80, verbose_name='title')),
                    ('title_en', models.CharField(blank=True, max_length=80, verbose_name='title')),
                    ('title_ro', models.CharField(blank=True, max_length=80, verbose_name='title')),
                    ('title_lv', models.CharField(blank=True, max_length=80, verbose_name='title')),
                    ('summary', models.CharField(max_length=200, verbose_name='what counts')),
                    ('summary_ru', models.CharField(blank=True, max_length=200, verbose_name='what counts')),
                    ('summary_en', models.CharField(blank=True, max_length=200, verbose_name='what counts')),
                    ('summary_ro', models.CharField(blank=True, max_length=200, verbose_name='what counts')),
                    ('summary_lv', models.CharField(blank=True, max_length=200, verbose_name='what counts')),
                    ('story', models.TextField(blank=True, verbose_name='more about it')),
                    ('story_ru', models.TextField(blank=True, verbose_name='more about it')),
                    ('story_en', models.TextField(blank=True, verbose_name='more about it')),
                    ('story_ro', models.TextField(blank=True, verbose_name='more about it')),
                    ('story_lv', models.TextField(blank=True, verbose_name='more about it')),
                    ('icon', models.CharField(default='quest', help_text='A symbol of icons.svg without its prefix, as in: coffee, book, quest.', max_length=20, verbose_name='icon')),
                    ('picture', models.FileField(blank=True, upload_to='quests/', validators=[django.core.validators.FileExtensionValidator(['png', 'jpg', 'jpeg', 'webp', 'svg'])], verbose_name='picture')),
                    ('trigger', models.CharField(choices=quests.triggers.choices, max_length=16, verbose_name='asks for')),
                    ('parameters', models.JSONField(blank=True, default=dict, verbose_name='conditions')),
                    ('target', models.DecimalField(decimal_places=2, default=1, max_digits=14, validators=[django.core.validators.MinValueValidator(1)], verbose_name='target')),
                    ('visible_from', models.DateTimeField(blank=True, help_text='Empty: from the start on.', null=True, verbose_name='shown from')),
                    ('starts_at', models.DateTimeField(verbose_name='counts from')),
                    ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='counts until')),
                    ('starts', models.CharField(choices=[('publication', "for everybody at the quest's start"), ('taken', 'when the member takes it'), ('joined', 'when the member joined')], default='publication', max_length=12, verbose_name='begins')),
                    ('personal_days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='the member has days')),
                    ('recurrence', models.CharField(choices=[('once', 'once'), ('period', 'once every period'), ('completion', 'again after each completion')], default='once', max_length=10, verbose_name='can be completed')),
                    ('period', models.CharField(blank=True, choices=[('day', 'day'), ('week', 'week'), ('month', 'month'), ('quarter', 'quarter'), ('year', 'year')], max_length=8, verbose_name='period')),
                    ('min_level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='quests', to='loyalty.level', verbose_name='from the level')),
                    ('reward_tokens', models.PositiveSmallIntegerField(default=0, verbose_name='tokens')),
                    ('reward_points', models.PositiveIntegerField(default=0, verbose_name='points')),
                    ('sponsor', models.ForeignKey(blank=True, help_text='Empty: the operator.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sponsored_quests', to='partners.partner', verbose_name='points are paid by')),
                    ('winners_cap', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rewards at most')),
                    ('winners', models.PositiveIntegerField(default=0, editable=False, verbose_name='rewards given')),
                    ('return_policy', models.CharField(choices=[('take_back', 'takes back progress, and a reward that no longer stands'), ('keep', 'takes back progress; what is completed stays'), ('ignore', 'changes nothing')], default='take_back', max_length=10, verbose_name='a return')),
                    ('is_published', models.BooleanField(default=False, verbose_name='published')),
                    ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                    ('requires', models.ManyToManyField(blank=True, related_name='unlocks', to='quests.quest', verbose_name='opens after')),
                ],
                options={
                    'verbose_name': 'quest',
                    'verbose_name_plural': 'quests',
                    'ordering': ['group__position', 'position', 'pk'],
                    'indexes': [models.Index(condition=models.Q(('is_published', True)), fields=['ends_at'], name='quest_published')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('target__gte', 1)), name='quest_target_at_least_1'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='quest_lasts'), models.CheckConstraint(condition=models.Q(('reward_tokens__gt', 0), ('reward_points__gt', 0), _connector='OR'), name='quest_gives_something'), models.CheckConstraint(condition=models.Q(models.Q(('recurrence', 'period'), _negated=True), models.Q(('period', ''), _negated=True), _connector='OR'), name='quest_period_is_named'), models.CheckConstraint(condition=models.Q(('winners_cap__isnull', True), ('winners__lte', models.F('winners_cap')), _connector='OR'), name='quest_winners_within_cap')],
                },
            ),
            migrations.CreateModel(
                name='Progress',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('quest', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='progress', to='quests.quest', verbose_name='quest')),
                    ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='quest_progress', to='accounts.member', verbose_name='member')),
                    ('window_start', models.DateTimeField(verbose_name='window from')),
                    ('window_end', models.DateTimeField(blank=True, null=True, verbose_name='window until')),
                    ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken')),
                    ('value', models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name='done so far')),
                    ('rounds', models.PositiveIntegerField(default=0, verbose_name='completed')),
                    ('last_key', models.IntegerField(blank=True, null=True, verbose_name='last week or month')),
                    ('round_keys', models.TextField(blank=True, default='', verbose_name='different ones')),
                    ('first_completed_at', models.DateTimeField(blank=True, null=True, verbose_name='first completed')),
                    ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed on')),
                    ('in_order_to', models.DateTimeField(blank=True, null=True, verbose_name='in order until')),
                    ('updated_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='changed')),
                ],
                options={
                    'verbose_name': 'progress',
                    'verbose_name_plural': 'progress',
                    'constraints': [models.UniqueConstraint(models.F('member'), models.F('quest'), models.F('window_start'), name='progress_one_window_each')],
                },
            ),
            migrations.CreateModel(
                name='Deed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deeds', to='accounts.member', verbose_name='member')),
                    ('kind', models.CharField(choices=quests.triggers.choices, max_length=16, verbose_name='kind')),
                    ('quest', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deeds', to='quests.quest', verbose_name='quest')),
                    ('key', models.CharField(blank=True, max_length=80, verbose_name='once under')),
                    ('occurred_at', models.DateTimeField(verbose_name='occurred')),
                    ('data', models.JSONField(blank=True, default=dict, verbose_name='data')),
                ],
                options={
                    'verbose_name': 'deed',
                    'verbose_name_plural': 'deeds',
                    'constraints': [models.UniqueConstraint(models.F('member'), models.F('quest'), models.F('key'), name='deed_once_in_a_quest'), models.UniqueConstraint(models.F('member'), models.F('kind'), models.F('key'), condition=models.Q(('quest__isnull', True)), name='deed_once')],
                },
            ),
            migrations.CreateModel(
                name='Contribution',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('progress', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contributions', to='quests.progress', verbose_name='progress')),
                    ('order', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.order', verbose_name='order')),
                    ('order_return', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.return', verbose_name='return')),
                    ('deed', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quests.deed', verbose_name='deed')),
                    ('occurred_at', models.DateTimeField(verbose_name='occurred')),
                    ('value', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='adds')),
                    ('key', models.CharField(blank=True, max_length=80, verbose_name='key')),
                ],
                options={
                    'verbose_name': 'contribution',
                    'verbose_name_plural': 'contributions',
                    'constraints': [models.CheckConstraint(condition=models.Q(('value', 0), _negated=True), name='contribution_adds_something')],
                },
            ),
            migrations.CreateModel(
                name='Completion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('progress', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='completions', to='quests.progress', verbose_name='progress')),
                    ('number', models.PositiveIntegerField(verbose_name='round')),
                    ('completed_at', models.DateTimeField(verbose_name='completed')),
                    ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('rewarded', models.BooleanField(default=True, verbose_name='rewarded')),
                    ('tokens', models.PositiveSmallIntegerField(default=0, verbose_name='tokens')),
                    ('points', models.PositiveIntegerField(default=0, verbose_name='points')),
                    ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': 'completion',
                    'verbose_name_plural': 'completions',
                    'constraints': [models.UniqueConstraint(models.F('progress'), models.F('number'), name='completion_once_a_round')],
                },
            ),
        ]),
    ]
