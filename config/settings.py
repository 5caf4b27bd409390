"""All settings, read from the environment (12-factor). `DESK_ENV=production` refuses what is unsafe."""

import logging
from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from config import logging as desk_logging
from config.env import database_from_url, env_bool, env_int, env_list, env_str, take_on_role

BASE_DIR = Path(__file__).resolve().parent.parent
DESK_ENV = env_str("DESK_ENV", "development")
if DESK_ENV not in ("development", "production", "test"):
    raise ImproperlyConfigured(f"DESK_ENV must be development, production or test, not {DESK_ENV!r}")
PRODUCTION = DESK_ENV == "production"
DATA_DIR = Path(env_str("DESK_DATA", str(BASE_DIR / ".data"))).resolve()

if PRODUCTION:
    missing = [n for n in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL") if not env_str(n, "")]
    if missing:
        raise ImproperlyConfigured(f"DESK_ENV=production needs {', '.join(missing)}")

SECRET_KEY = env_str("SECRET_KEY", "development-only-key-never-used-in-production-0123456789abcdef")
DEBUG = env_bool("DEBUG", False)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
DESK_URL = env_str("DESK_URL", "http://127.0.0.1:8000")
DEMO = env_bool("DEMO", False)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.site_config.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_prometheus",
    "django_structlog",
    "csp",
    "outbox",
    "tenants",
    "sla",
    "incidents",
    "cases",
    "reporting",
    "cadence",
    "demo",
    "config",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "config.request_ids.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cases.pages.desk.live.LiveMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.reader.ReaderMiddleware",
    "config.frame_memory.FrameMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.csp.DeskCSPMiddleware",
    "tenants.middleware.AccessLogMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
CSRF_FAILURE_VIEW = "config.api.fallbacks.csrf_failure"
WSGI_APPLICATION = "config.wsgi.application"
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
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------------------------
# One URL owns and migrates; DESK_DB_ROLE is the role, owner of nothing, that requests and workers take on.
DATABASES = {"default": database_from_url(env_str("DATABASE_URL", "postgres://desk@127.0.0.1:5432/desk"))}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DB_ROLE = env_str("DESK_DB_ROLE", "")
if DB_ROLE:
    # As a start-up parameter: Django's `assume_role` waits for ever inside a pool (its own cursor wants a connection).
    take_on_role(DATABASES["default"]["OPTIONS"], DB_ROLE)
if (pool_size := env_int("DESK_DB_POOL", 0)) > 0:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Who signs in ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tenants.signed_in.PeopleBackend"]
LOGIN_URL = reverse_lazy("admin:login")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if DESK_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made for speed; tests keep no secrets
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
PROXY_COUNT = env_int("PROXY_COUNT", 0)  # proxies of ours in front: how far X-Forwarded-For can be believed

# --- Broker and worker ----------------------------------------------------------------------------------------------
REDIS_URL = env_str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # a cache that hangs must not hold a request
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "config.beat.SteadyScheduler"
CELERY_TASK_DEFAULT_QUEUE = "desk"
# Every task has a queue of its own choosing here, every beat entry expires before its next turn (tested).
CELERY_TASK_ROUTES: dict[str, dict[str, str]] = {
    "sla.sweep": {"queue": "timers"},
    "sla.tell": {"queue": "timers"},
    "config.sweep_kept_answers": {"queue": "desk"},
    "config.worker_beat": {"queue": "desk"},
    "tenants.sweep_blobs": {"queue": "desk"},
    "tenants.forget_snapshots": {"queue": "desk"},
    "outbox.relay": {"queue": "outbox"},
    "outbox.deliver": {"queue": "outbox"},
    "outbox.forget_old": {"queue": "outbox"},
    "cases.timers": {"queue": "timers"},
    "cases.scan_for_rules": {"queue": "timers"},
    "cases.forget_automation": {"queue": "desk"},
    "cases.assign": {"queue": "timers"},
    "cases.mail_notices": {"queue": "desk"},
    "cases.forget_notices": {"queue": "desk"},
    "incidents.escalate_pages": {"queue": "timers"},
    "reporting.keep_days": {"queue": "desk"},
    "cases.mail_mornings": {"queue": "desk"},
    "cadence.draft_weekly_updates": {"queue": "desk"},
    "cadence.draft_weeks_of_l2": {"queue": "desk"},
    "cadence.publish_weeks_of_l2": {"queue": "desk"},
    "cadence.plan_sla_reviews": {"queue": "desk"},
    "demo.perform": {"queue": "desk"},
}
# A worker without -Q serves them all; on a larger machine each may get workers of its own.
CELERY_TASK_QUEUES = [Queue(name) for name in sorted({route["queue"] for route in CELERY_TASK_ROUTES.values()})]
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # Only the sweep looks every second. A commit that publishes, sends or alerts wakes the outbox and the teller; their
    # rounds are for what a lost broker or a killed worker left.
    "sla.sweep": {"task": "sla.sweep", "schedule": 1.0, "options": {"expires": 0.9}},
    "sla.tell": {"task": "sla.tell", "schedule": 10.0, "options": {"expires": 9}},
    "outbox.relay": {"task": "outbox.relay", "schedule": 5.0, "options": {"expires": 4.5}},
    "outbox.deliver": {"task": "outbox.deliver", "schedule": 10.0, "options": {"expires": 9}},
    "outbox.forget_old": {
        "task": "outbox.forget_old",
        "schedule": crontab(hour=3, minute=10),
        "options": {"expires": 3600},
    },
    "cases.timers": {"task": "cases.timers", "schedule": 30.0, "options": {"expires": 29}},
    "cases.scan_for_rules": {"task": "cases.scan_for_rules", "schedule": 30.0, "options": {"expires": 29}},
    "cases.forget_automation": {
        "task": "cases.forget_automation",
        "schedule": crontab(hour=3, minute=25),
        "options": {"expires": 3600},
    },
    # What events do not tell: a shift has begun, an absence is over.
    "cases.assign": {"task": "cases.assign", "schedule": 30.0, "options": {"expires": 29}},
    "cases.mail_notices": {"task": "cases.mail_notices", "schedule": 30.0, "options": {"expires": 29}},
    "cases.forget_notices": {
        "task": "cases.forget_notices",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "incidents.escalate_pages": {"task": "incidents.escalate_pages", "schedule": 10.0, "options": {"expires": 9}},
    "reporting.keep_days": {"task": "reporting.keep_days", "schedule": 30.0, "options": {"expires": 29}},
    "tenants.sweep_blobs": {
        "task": "tenants.sweep_blobs",
        "schedule": crontab(hour=2, minute=20),
        "options": {"expires": 3600},
    },
    "tenants.forget_snapshots": {
        "task": "tenants.forget_snapshots",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 3600},
    },
    "cadence.draft_weekly_updates": {
        "task": "cadence.draft_weekly_updates",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "cadence.draft_weeks_of_l2": {
        "task": "cadence.draft_weeks_of_l2",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "cadence.publish_weeks_of_l2": {
        "task": "cadence.publish_weeks_of_l2",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "cadence.plan_sla_reviews": {
        "task": "cadence.plan_sla_reviews",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    # The mail of eight o'clock: once a day each, whoever asks how often (cases.models.MorningMail).
    "cases.mail_mornings": {"task": "cases.mail_mornings", "schedule": 60.0, "options": {"expires": 59}},
    "config.worker_beat": {"task": "config.worker_beat", "schedule": 20.0, "options": {"expires": 19}},
    "config.sweep_kept_answers": {
        "task": "config.sweep_kept_answers",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 3600},
    },
}

if DEMO:
    CELERY_BEAT_SCHEDULE["demo.perform"] = {"task": "demo.perform", "schedule": 10.0, "options": {"expires": 9}}

# --- Words, zones, files --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
DESK_TIME_ZONE = env_str("DESK_TIME_ZONE", "Europe/Berlin")  # where a day of the rota begins and ends
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
BLOB_ROOT = DATA_DIR / "blobs"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DESK_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a body that is not a file
MAIL_FROM = env_str("MAIL_FROM", "CompanyOS Support <support@desk.example>")
MAIL_TRANSPORT = env_str("MAIL_TRANSPORT", "smtp" if PRODUCTION else "none")  # none: on the Sent page only
if MAIL_TRANSPORT not in ("smtp", "console", "none"):
    raise ImproperlyConfigured(f"MAIL_TRANSPORT must be smtp, console or none, not {MAIL_TRANSPORT!r}")
EMAIL_BACKEND = env_str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env_str("EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 10)  # seconds; well within OUTBOX_LEASE

# --- Telling others -------------------------------------------------------------------------------------------------
OUTBOX_LEASE = timedelta(seconds=env_int("OUTBOX_LEASE_SECONDS", 60))  # how long a worker that died holds its rows
AUTOMATIC_MAILS_PER_HOUR = env_int("AUTOMATIC_MAILS_PER_HOUR", 60)  # to one address; against loops
FEED_WAITERS = env_int("FEED_WAITERS", 2)  # readers of the change feed that may wait at once in one web process
EVENTS_KEPT = timedelta(days=env_int("EVENTS_KEPT_DAYS", 90))
DELIVERIES_KEPT = timedelta(days=env_int("DELIVERIES_KEPT_DAYS", 730))

# --- Automation rules -----------------------------------------------------------------------------------------------
AUTOMATION_KEPT = timedelta(days=env_int("AUTOMATION_KEPT_DAYS", 90))  # what each rule did, and why not

# --- Telemetry ------------------------------------------------------------------------------------------------------
SNAPSHOTS_KEPT = timedelta(days=env_int("SNAPSHOTS_KEPT_DAYS", 400))  # the newest of each series stays for ever

# --- Safety ---------------------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# --- Logs -----------------------------------------------------------------------------------------------------------
LOGGING = desk_logging.configure(level=env_str("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING"), as_json=PRODUCTION)
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # config.request_ids has looked at it
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # a caller's mistake is no event for whoever runs the desk

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # API_AUTHENTICATION, by DeskViewSet; other views know nobody
    "DEFAULT_PERMISSION_CLASSES": ["config.api.scopes.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["config.api.throttling.TokenThrottle"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["config.api.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.DeskSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "config.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_AUTHENTICATION = "tenants.api.auth.TokenAuthentication"
API_NOTE_VIEW = "tenants.domain.access_log.note_view"
API_REQUESTS_PER_MINUTE = env_int("API_REQUESTS_PER_MINUTE", 12_000)  # of one token
SIGNED_REQUESTS_PER_MINUTE = env_int("SIGNED_REQUESTS_PER_MINUTE", 60)  # of one link from a mail
API_UPLOAD_BYTES = 128 * 1024 * 1024  # of one request with files; each file has its own limit
SPECTACULAR_SETTINGS = {
    "TITLE": "CompanyOS Support",
    "DESCRIPTION": "The desk's REST API. What holds for every address is told in docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are said: rooms use the same words for different sets
    "SERVE_INCLUDE_SCHEMA": False,
}
STATUS_PAGE_SECONDS = 0 if DESK_ENV == "test" else 5  # how long a built public page is served
IDEMPOTENCY_KEPT = timedelta(hours=24)

# --- The desk's face ------------------------------------------------------------------------------------------------
UNFOLD: dict[str, object] = {
    "SITE_TITLE": "CompanyOS Support",
    "SITE_HEADER": "CompanyOS Support",
    "SITE_SYMBOL": "support_agent",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("desk/icon.svg")}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,
    "STYLES": [
        lambda _request: static("desk/tokens.css"),
        lambda _request: static("desk/unfold.css"),
    ],
    "SCRIPTS": [lambda _request: static("desk/theme.js")],
}
