"""All settings, read from the environment. With DEBUG=1 nothing else is needed (see .env.example)."""

import os
from importlib.util import find_spec
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from loyalty.lib.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
TESTING = env.bool("ZHETON_TESTING", default=False)

SECRET_KEY = env.str("SECRET_KEY", default="development-only-secret-key-never-used-in-production" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Put a long random value into the environment, or set DEBUG=1 on a development machine.")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
# The address that members open; links in messages begin with it.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else f"https://{[*ALLOWED_HOSTS, 'localhost'][0].lstrip('.*')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Files that the running product writes: SQLite, broker messages, uploads.
VAR_DIR = Path(env.str("ZHETON_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "import_export",
    "auditlog",
    "django_htmx",
    "template_partials",
    "phonenumber_field",
    "django_structlog",
    "csp",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "accounts",
    "partners",
    "loyalty",
    "quests",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages carry a masked CSRF token and random padding, so compression gives nothing away (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "loyalty.middleware.programme_time",
    "loyalty.middleware.admin_policy",
    "loyalty.middleware.log_out_wipes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "loyalty.middleware.member_language",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]

ROOT_URLCONF = "loyalty.urls"
WSGI_APPLICATION = "loyalty.wsgi.application"
ASGI_APPLICATION = "loyalty.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "loyalty.web.page.context",
            ],
        },
    }
]

# --- Database: SQLite is the embedded default, PostgreSQL is production ---------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'zheton.sqlite3'}")}
_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;",
    }
else:
    # Django's backend, watched: web processes answer 503 while the server is frozen (loyalty/lib/postgres).
    _db["ENGINE"] = "loyalty.lib.postgres"
    _db.setdefault("OPTIONS", {}).update(
        # A process that froze in a transaction must not keep its locks for ever; a statement nobody waits for ends.
        options="-c lock_timeout=3000 -c idle_in_transaction_session_timeout=120000 -c client_connection_check_interval=5000"
        # For prepared statements (loyalty/lib/sql): planning them each time costs more than running them.
        " -c plan_cache_mode=force_generic_plan"
        # Compiling a query takes longer than any of ours should run.
        " -c jit=off",
        connect_timeout=3,
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        tcp_user_timeout=30_000,
        # Only loyalty/lib/sql prepares its statements. Empty behind a pooler that doesn't know prepared statements.
        prepare_threshold=env.int("DB_PREPARE_THRESHOLD", default=5) or None,
    )
    _db["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    _db["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis where there is one; otherwise the database and files do ---------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# Limits live here: culling at Django's default of 300 entries would let a flood forget them.
_table = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "zheton_cache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
CACHES = {
    # While Redis doesn't answer, the table does.
    "default": {"BACKEND": "loyalty.cache.RedisOrTable", "LOCATION": REDIS_URL} if REDIS_URL else _table,
    "table": _table,
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    _queue = VAR_DIR / "queue"
    for _name in ("messages", "control"):
        (_queue / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int] = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
    }
else:
    # A broker that froze must not hold a worker or a wake-up call for ever; workers ask it every second anyway.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 10, "socket_connect_timeout": 5, "socket_keepalive": True}
    if CELERY_BROKER_URL.startswith("redis"):
        CELERY_BROKER_TRANSPORT = "loyalty.broker:Transport"
    # However long it is away: workers come back by themselves.
    CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Three queues, so that what is urgent overtakes. A worker takes from them in this order: celery -Q security,celery,marketing.
CELERY_TASK_ROUTES = {
    "accounts.tasks.send_security": {"queue": "security"},
    "accounts.tasks.send_marketing": {"queue": "marketing"},
    "loyalty.tasks.work_broadcasts": {"queue": "marketing"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "tidy-log-ins": {"task": "accounts.tasks.tidy", "schedule": 3600.0},
    "send-security": {"task": "accounts.tasks.send_security", "schedule": 5.0, "options": {"expires": 5}},
    "send-messages": {"task": "accounts.tasks.send_messages", "schedule": 5.0, "options": {"expires": 5}},
    "send-marketing": {"task": "accounts.tasks.send_marketing", "schedule": 5.0, "options": {"expires": 5}},
    "work-broadcasts": {"task": "loyalty.tasks.work_broadcasts", "schedule": 5.0, "options": {"expires": 5}},
    "remind-members": {"task": "loyalty.tasks.remind_members", "schedule": 600.0},
    "remind-of-quest-endings": {"task": "quests.tasks.remind_of_endings", "schedule": 600.0},
    "refresh-search": {"task": "partners.tasks.refresh_search", "schedule": 3600.0},
    "remind-partners-to-confirm": {"task": "partners.tasks.remind_to_confirm", "schedule": 86_400.0},
    "purge-stored-answers": {"task": "loyalty.tasks.purge_stored_answers", "schedule": 3600.0},
    "sweep-deeds": {"task": "quests.tasks.sweep_deeds", "schedule": 300.0},
    "settle-levels": {"task": "loyalty.tasks.settle_levels", "schedule": 600.0},
    "expire-points": {"task": "loyalty.tasks.expire_points", "schedule": 600.0},
    # Commits wake these at once; the beat finds what a wake-up call missed. A tick nobody took in time is void.
    "sweep-events": {"task": "loyalty.tasks.sweep_events", "schedule": 5.0, "options": {"expires": 5}},
    "send-webhooks": {"task": "loyalty.tasks.send_webhooks", "schedule": 10.0, "options": {"expires": 10}},
    "prune-webhooks": {"task": "loyalty.tasks.prune_webhooks", "schedule": 86_400.0},
    "clean-spend-tokens": {"task": "loyalty.tasks.clean_spend_tokens", "schedule": 3600.0},
}

# --- People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Log-in is django-allauth's: by e-mail or phone, with a code, a password or a passkey.
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# The phone is required by the form; here it isn't, so that staff may log in without one.
ACCOUNT_SIGNUP_FIELDS = ["phone", "email*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailCodeForm",
    "verify_phone": "accounts.forms.ConfirmPhoneCodeForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmResetCodeForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_SIGNUP_REDIRECT_URL = "signup_done"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_TIMEOUT = 1800
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Sending and guessing codes is counted by accounts.domain.rate_limit; allauth counts the rest.
ACCOUNT_RATE_LIMITS = {"verify_phone": None, "confirm_email": None, "request_login_code": None}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_FORMS = {"authenticate": "accounts.forms.AuthenticateForm", "reauthenticate": "accounts.forms.MFAReauthenticateForm"}
# Limits count by the address that the proxy in front of us saw.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0 if DEBUG or not env.bool("BEHIND_PROXY", default=True) else 1)

# A class of accounts/sms/ or your own (see docs/notifications.md).
SMS_BACKEND = env.str("SMS_BACKEND", default="") or ("accounts.sms.backends.OutboxSms" if DEBUG else "accounts.sms.backends.NoSms")
# Mails and texts leave on threads of their own: a page that waited for a provider would tell by its time who is known.
NOTIFY_IN_BACKGROUND = env.bool("NOTIFY_IN_BACKGROUND", default=not DEBUG)
# What a part of an SMS costs by the beginning of its number, in hundredths of the currency. No other country gets any.
SMS_PRICES = env.dict("SMS_PRICES", cast={"value": int}, default={"+7": 400, "+371": 900, "+373": 900, "+375": 1500})
# The most that SMS may cost a day, in units of the currency: all together, one number, and one range of numbers that nobody has proven.
SMS_BUDGET_DAY = env.int("SMS_BUDGET_DAY", default=10_000)
SMS_BUDGET_NUMBER = env.int("SMS_BUDGET_NUMBER", default=120)
SMS_BUDGET_PREFIX = env.int("SMS_BUDGET_PREFIX", default=500)
SMSC_URL = env.str("SMSC_URL", default="https://smsc.ru").rstrip("/")
SMSC_API_KEY, SMSC_LOGIN, SMSC_PASSWORD = (env.str(name, default="") for name in ("SMSC_API_KEY", "SMSC_LOGIN", "SMSC_PASSWORD"))
SMSC_SENDER, SMSC_SECRET = env.str("SMSC_SENDER", default=""), env.str("SMSC_SECRET", default="")
SMSRU_URL = env.str("SMSRU_URL", default="https://sms.ru").rstrip("/")
SMSRU_API_ID, SMSRU_SENDER = env.str("SMSRU_API_ID", default=""), env.str("SMSRU_SENDER", default="")
APPRISE_SMS_URL = env.str("APPRISE_SMS_URL", default="")
# Web push: `manage.py vapid_keys` makes the key. Only these services are called (a subscription names its own address).
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_CONTACT = env.str("VAPID_CONTACT", default="")
PUSH_SERVICES = env.list(
    "PUSH_SERVICES", default=["fcm.googleapis.com", "updates.push.services.mozilla.com", ".push.apple.com", ".notify.windows.com", ".push.services.mozilla.com"]
)
# Messages a second that a provider takes; 0: no limit. Codes don't wait for it.
EMAIL_PER_SECOND, SMS_PER_SECOND, PUSH_PER_SECOND = (env.float(f"{name}_PER_SECOND", default=0.0) for name in ("EMAIL", "SMS", "PUSH"))
# Seconds for which a worker claims the messages that it sends: what one that died held waits as long.
MESSAGE_CLAIM_SECONDS = env.int("MESSAGE_CLAIM_SECONDS", default=120)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
CSRF_COOKIE_SAMESITE = "Lax"

# --- Mail -------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
if DEBUG and not env.str("EMAIL_URL", default=""):
    # Read in the browser at /dev/outbox/.
    EMAIL_BACKEND = "accounts.mail.OutboxEmailBackend"
# A mail service by HTTP, through django-anymail: EMAIL_BACKEND=anymail.backends.mailgun.EmailBackend and its ANYMAIL_… settings.
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default=EMAIL_BACKEND)
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Zheton <noreply@localhost>")

# --- Language, time, money ---------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", default="RU")
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "E164"

# --- Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
# Leaflet's files alone: django-leaflet as an app would want GeoDjango.
if (_leaflet := find_spec("leaflet")) and _leaflet.origin:
    STATICFILES_DIRS.append(("leaflet", Path(_leaflet.origin).parent / "static" / "leaflet"))
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage" if not TESTING else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Map: without tiles it is a plane with pins -----------------------------------------------------
# https://tile.example.org/{z}/{x}/{y}.png, as Leaflet spells it; the policy of the map's page lets in this host and no other.
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")
MAP_TILES_ATTRIBUTION = env.str("MAP_TILES_ATTRIBUTION", default="")
# Where “route” leads: an address with {lat} and {lng}. Empty: the phone's own map, OpenStreetMap elsewhere.
MAP_ROUTE_URL = env.str("MAP_ROUTE_URL", default="")
MAP_TILES_MAX_ZOOM = env.int("MAP_TILES_MAX_ZOOM", default=19)

# --- Safety -----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# Webhooks go to public addresses over TLS only; tests and a developer's own receiver may lift that.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "loyalty.web.errors.csrf_failure"
if not DEBUG:
    # Probes come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=True) else None
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=True)
    CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", default=True)

# --- Admin ------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "loyalty.admin.site.title",
    "SITE_HEADER": "loyalty.admin.site.title",
    "SITE_ICON": "loyalty.admin.site.icon",
    "SITE_FAVICONS": [{"rel": "icon", "sizes": "180x180", "type": "image/png", "href": "loyalty.admin.site.favicon"}],
    "SITE_URL": "/",
    "COLORS": "loyalty.admin.site.colours",
    "BORDER_RADIUS": "8px",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "loyalty.admin.site.language_action"},
    "SIDEBAR": {"navigation": "loyalty.admin.site.navigation"},
    "DASHBOARD_CALLBACK": "loyalty.admin.site.dashboard",
}
# Who did it is enough; from where is personal data.
AUDITLOG_DISABLE_REMOTE_ADDR = True

# --- Logs: one line an event, JSON in production; ids only, no personal data -------------------------
LOGGING = logging_config(debug=DEBUG, level=env.str("LOG_LEVEL", default="WARNING" if DEBUG else "INFO").upper())
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

# --- The REST API -------------------------------------------------------------------------------------
# How many members a partner's key may look up a minute.
API_LOOKUPS_A_MINUTE = env.int("API_LOOKUPS_A_MINUTE", default=600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["partners.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["partners.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["loyalty.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["loyalty.api.renderers.ApiRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "loyalty.api.renderers.JsonAlways",
    "DEFAULT_SCHEMA_CLASS": "loyalty.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "loyalty.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "loyalty.api.problems.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "loyalty.api.problems.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Zheton API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RecordedEnum": ["recorded", "unchanged"],
        "EntryKindEnum": "loyalty.enums.EntryKind",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "loyalty.api.schema.describe_errors"],
    "DESCRIPTION": "What tills and shops call: orders, returns, two-phase spending, members and the catalogue.",
}
