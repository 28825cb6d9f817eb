"""Settings of the portal. Every variable is optional, read once, and described in the README's table."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit

from mastportal import environment as env
from mastportal.embedded.sockets import postgres_socket_folder, valkey_socket

BASE_DIR = Path(__file__).resolve().parent.parent
PORTAL_HOME = Path(env.text("PORTAL_HOME", str(BASE_DIR / "var"))).resolve()


def _kept_secret() -> str:
    """SECRET_KEY, or one made at first start and kept readable by its owner alone."""
    given = env.text("SECRET_KEY")
    if given:
        return given
    place = PORTAL_HOME / "secret_key"
    try:
        PORTAL_HOME.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return place.read_text(encoding="ascii")
    except OSError as error:
        raise env.ConfigurationError(
            f"the data folder {PORTAL_HOME} cannot be written ({error.strerror}); set PORTAL_HOME to one that can"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return place.read_text(encoding="ascii")


SECRET_KEY = _kept_secret()
DEBUG = False

# Addresses -----------------------------------------------------------------------------------------------------------
#: The network interface that the web and download servers listen on.
BIND_HOST = env.text("BIND_HOST", "127.0.0.1")
PORT = env.port("PORT", 8000)
DOWNLOAD_PORT = env.port("DOWNLOAD_PORT", min(PORT + 1, 65535))
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
#: Where bundles are fetched; empty means "the host of the request, at DOWNLOAD_PORT".
DOWNLOAD_URL = env.text("DOWNLOAD_URL").rstrip("/")
#: Whether a server of its own answers downloads at DOWNLOAD_PORT; without it they are answered where pages are.
DOWNLOAD_DOOR = env.flag("DOWNLOAD_DOOR", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{urlsplit(SITE_URL).hostname}")
_SECURE = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _SECURE else []

# What the portal is made of ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.orcid",
    "csp",
    "django_htmx",
    "archive",
    "accounts",
    "notifications",
    "basket",
    "search",
    "mastportal",
]
MIDDLEWARE = [
    "mastportal.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.IdleSessionMiddleware",
    "accounts.token_door.TokenMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "mastportal.urls"
WSGI_APPLICATION = "mastportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "basket.context.basket_summary",
                "search.context.search_box",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    # our own pages first; then those of Django's admin and of the accounts library
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "builtins": ["django.contrib.humanize.templatetags.humanize", "archive.templatetags.addresses"],
            "libraries": {
                "portal": "archive.templatetags.portal",
                "account_forms": "accounts.templatetags.account_forms",
            },
        },
    }
]

# Data ----------------------------------------------------------------------------------------------------------------
#: Empty means the embedded server under PORTAL_HOME.
DATABASE_URL = env.text("DATABASE_URL")
_EMBEDDED_DATABASE_URL = f"postgresql://portal@/portal?host={quote(str(postgres_socket_folder(PORTAL_HOME)), safe='/')}"
DATABASES = {
    "default": {
        **env.database(DATABASE_URL or _EMBEDDED_DATABASE_URL),
        # the download server keeps no connection for its many slow clients
        "CONN_MAX_AGE": env.integer("DATABASE_KEEP_S", 60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL") or f"unix://{valkey_socket(PORTAL_HOME)}"
STORAGE_URL = env.text("STORAGE_URL", (PORTAL_HOME / "storage").as_uri())
#: How the bucket of an ``s3://`` store is reached.
S3_ENDPOINT = env.text("S3_ENDPOINT")
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY = env.text("S3_ACCESS_KEY_ID"), env.text("S3_SECRET_ACCESS_KEY")
S3_ANONYMOUS = env.flag("S3_ANONYMOUS", default=False)
S3_REQUESTER_PAYS = env.flag("S3_REQUESTER_PAYS", default=False)
#: Who asks the other archive of an ``https://`` store, and how much of what it gave is kept.
UPSTREAM_TOKEN = env.text("UPSTREAM_TOKEN")
UPSTREAM_FOLDER = PORTAL_HOME / "upstream"
UPSTREAM_KEEP_BYTES = env.integer("UPSTREAM_KEEP_BYTES", 100 * 10**9, low=1)
#: Where CRDS gives a reference file that is not held; empty: nobody is asked.
CRDS_URL = env.text("CRDS_URL")
CRDS_TIMEOUT_S = env.integer("CRDS_TIMEOUT_S", 60, low=1, high=3600)
#: Where staged requests and worker-built bundles lie until they expire.
STAGING_ROOT = Path(env.text("STAGING_ROOT", str(PORTAL_HOME / "staging")))
#: Pins the archive's "now" (a demo, a listing of a past day); None means the real clock.
ARCHIVE_NOW = env.instant("ARCHIVE_NOW")
#: On the first start an empty archive is filled with the sample.
SAMPLE_ARCHIVE = env.flag("SAMPLE_ARCHIVE", default=True)

#: After the first start AstroView's own background is drawn, once.
SYNTHETIC_SKY = env.flag("SYNTHETIC_SKY", default=True)

# People --------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["accounts.backend.PersonBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/accounts/"
PASSWORD_RESET_TIMEOUT = 3600
#: A signed-in session ends after so long without a request, and in any case with SESSION_COOKIE_AGE.
SESSION_IDLE_S = env.integer("SESSION_IDLE_S", 12 * 3600, low=60)
ACCOUNT_ADAPTER = "notifications.account_mail.MailingAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.name_form.NameForm"
ACCOUNT_SIGNUP_ENABLED = env.flag("SIGNUP_OPEN", default=True)
ACCOUNT_FORMS = {
    "login": "accounts.forms.PortalLoginForm",
    "signup": "accounts.forms.PortalSignupForm",
    "reset_password": "accounts.forms.PortalResetForm",
    "add_email": "accounts.forms.PortalAddEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _SECURE else "http"
#: One throttle for all doors, accounts.throttle, instead of the library's own, which can lock an owner out.
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.forms.PortalCodeForm",
    "reauthenticate": "accounts.forms.PortalCodeAgainForm",
}
MFA_TOTP_ISSUER = "Archive Portal"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _SECURE
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "accounts.adapter.ServiceAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = False
#: Log-in by ORCID or by any OpenID Connect service; without their variables neither is offered.
ORCID_CLIENT_ID, ORCID_CLIENT_SECRET = env.text("ORCID_CLIENT_ID"), env.text("ORCID_CLIENT_SECRET")
ORCID_SANDBOX = env.flag("ORCID_SANDBOX", default=False)
OIDC_NAME, OIDC_ISSUER = env.text("OIDC_NAME", "your institution"), env.text("OIDC_ISSUER")
OIDC_CLIENT_ID, OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_ID"), env.text("OIDC_CLIENT_SECRET")
_ORCID_HOST = "sandbox.orcid.org" if ORCID_SANDBOX else "orcid.org"
_ORCID_APPS = [{"client_id": ORCID_CLIENT_ID, "secret": ORCID_CLIENT_SECRET}] if ORCID_CLIENT_ID else []
_OIDC_APP = {
    "provider_id": "oidc",
    "name": OIDC_NAME,
    "client_id": OIDC_CLIENT_ID,
    "secret": OIDC_CLIENT_SECRET,
    "settings": {"server_url": OIDC_ISSUER},
}
SOCIALACCOUNT_PROVIDERS = {
    "orcid": {"BASE_DOMAIN": _ORCID_HOST, "MEMBER_API": False, "APPS": _ORCID_APPS},
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [_OIDC_APP] if OIDC_ISSUER and OIDC_CLIENT_ID else []},
}

# Searching -----------------------------------------------------------------------------------------------------------
#: Links of the resolver chain, in order.
RESOLVER = env.words("RESOLVER", "holdings,identifiers,openngc,targets,exoplanets,sesame")
#: No statement of a search runs longer.
SEARCH_TIMEOUT_S = env.integer("SEARCH_TIMEOUT_S", 20, low=1, high=600)
#: Rows of one search that are loaded at once, with counts and filters; beyond it the page says how to narrow it.
LOAD_LIMIT_ROWS = env.integer("LOAD_LIMIT_ROWS", 50_000, low=1)
#: Rows of one search that an export writes.
EXPORT_LIMIT_ROWS = env.integer("EXPORT_LIMIT_ROWS", 500_000, low=1)
#: The largest file that a viewer opens on the server.
VIEWER_LIMIT_BYTES = env.integer("VIEWER_LIMIT_BYTES", 512 * 10**6, low=1)
RESOLVER_TIMEOUT_S = env.integer("RESOLVER_TIMEOUT_S", 5, low=1, high=20)
MAX_CONE_RADIUS_DEG = 30.0

# Taking home ---------------------------------------------------------------------------------------------------------
STREAM_LIMIT_BYTES = env.integer("STREAM_LIMIT_BYTES", 50 * 10**9, low=1)
#: Missions whose files can be retrieved in a batch; empty: all.
BATCH_MISSIONS = env.words("BATCH_MISSIONS", "")
STAGING_KEEP_DAYS = env.integer("STAGING_KEEP_DAYS", 7, low=1, high=365)
#: What one person (without an account: one e-mail address) may have under way at once.
STAGING_OPEN_REQUESTS = env.integer("STAGING_OPEN_REQUESTS", 10, low=1)
STAGING_OPEN_BYTES = env.integer("STAGING_OPEN_BYTES", 2 * 10**12, low=1)
#: How long a silent worker keeps its job; a lost job runs again after this and one sweep.
STAGING_LEASE_S = env.integer("STAGING_LEASE_S", 60, low=2, high=3600)
#: How often a running download, or FTPS transfer, asks again whether it may go on.
ACCESS_RECHECK_S = env.integer("ACCESS_RECHECK_S", 60, low=1, high=3600)
#: Space on the staging disk that requests leave free.
STAGING_FREE_BYTES = env.integer("STAGING_FREE_BYTES", 256 * 10**6)
FTPS_HOST = env.text("FTPS_HOST", "0.0.0.0")  # noqa: S104 - a door that people outside come to
FTPS_PORT = env.port("FTPS_PORT", 2121)
FTPS_PASSIVE_PORTS = env.port_range("FTPS_PASSIVE_PORTS", "2122-2221")
#: Where visitors come with implicit TLS, as on port 990; 0 means nowhere.
FTPS_IMPLICIT_PORT = env.integer("FTPS_IMPLICIT_PORT", 0, low=0, high=65535)
FTPS_MASQUERADE = env.text("FTPS_MASQUERADE")
FTPS_PUBLIC_HOST = env.text("FTPS_PUBLIC_HOST", urlsplit(SITE_URL).hostname or "127.0.0.1")
#: The certificate and key of the FTPS door; made at its first start when there is none.
FTPS_CERTIFICATE = Path(env.text("FTPS_CERTIFICATE", str(PORTAL_HOME / "tls" / "ftps.pem")))
FTPS_MAX_CONNECTIONS = env.integer("FTPS_MAX_CONNECTIONS", 256, low=1, high=4096)
FTPS_MAX_CONNECTIONS_PER_ADDRESS = env.integer("FTPS_MAX_CONNECTIONS_PER_ADDRESS", 64, low=1, high=4096)
FTPS_TIMEOUT_S = env.integer("FTPS_TIMEOUT_S", 300, low=5, high=3600)

# Mail ----------------------------------------------------------------------------------------------------------------
#: smtp://user:password@host:port, smtps://… or empty for .eml files under the data folder.
EMAIL_URL = env.text("EMAIL_URL")
EMAIL_FILE_PATH = str(PORTAL_HOME / "mail")
_mail = urlsplit(EMAIL_URL or "eml:")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if _mail.scheme in {"smtp", "smtps"}
    else "notifications.eml.EmlFileBackend"
)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.username or "", _mail.password or ""
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Archive Portal <noreply@localhost>")
#: The address of the help desk: answers to mails go there, and pages name it.
HELP_DESK = env.mail_address("HELP_DESK")

# Background work: the database is the truth, the broker only wakes workers --------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
#: Copying may take hours: it has queues of its own, so that mail and the sweepers never wait behind it.
CELERY_TASK_ROUTES = {
    "basket.tasks.stage": {"queue": "stage"},
    "basket.tasks.build_bundle": {"queue": "bundle"},
    "archive.tasks.fetch_references": {"queue": "bundle"},
    "notifications.tasks.send_mail": {"queue": "mail"},
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "mast:",
    "health_check_interval": 25,
    "retry_on_timeout": True,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(PORTAL_HOME / "run" / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-deliveries": {"task": "basket.tasks.sweep_deliveries", "schedule": 15.0},
    "look-through-copies": {"task": "basket.tasks.look_through_copies", "schedule": 900.0},
    "forget-stale": {"task": "basket.tasks.forget_stale", "schedule": 3600.0},
    "forget-tabs": {"task": "search.tasks.forget_stale", "schedule": 3600.0},
    "tell-releases": {"task": "archive.tasks.tell_releases", "schedule": 30.0},
    "fetch-references": {"task": "archive.tasks.fetch_references", "schedule": 60.0},
    "trim-fetched": {"task": "archive.tasks.trim_fetched", "schedule": 900.0},
    "forget-events": {"task": "archive.tasks.forget_stale", "schedule": 3600.0},
    "tell-subscribers": {"task": "notifications.tasks.tell_subscribers", "schedule": 30.0},
    "forget-notices": {"task": "notifications.tasks.forget_stale", "schedule": 3600.0},
    "sweep-mail": {"task": "notifications.tasks.sweep_outbox", "schedule": 15.0},
}

# Pages ---------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "mastportal.formats"
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = PORTAL_HOME / "static"
#: Before the files are collected (tests, development) they are served from where they lie.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mastportal.static.PortalStaticFilesStorage"},
}

# Safety --------------------------------------------------------------------------------------------------------------
SESSION_COOKIE_NAME = "__Host-sid" if _SECURE else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _SECURE
SECURE_HSTS_SECONDS = 31536000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SECURE
#: Whether nginx in front sends the files that everybody may read (examples/nginx.conf).
X_ACCEL = env.flag("X_ACCEL", default=False)
#: Whether X-Forwarded-For and X-Forwarded-Proto come from our own proxy.
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_AGE = 30 * 24 * 3600
CSRF_FAILURE_VIEW = "mastportal.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        # the icons come with the styles
        "font-src": ["data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'self'"],
        # a download form is answered by a redirect to the download server
        "form-action": ["'self'", DOWNLOAD_URL or f"*:{DOWNLOAD_PORT}"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # what people look for by network is their own business
    "loggers": {"httpx": {"level": "WARNING"}},
}
