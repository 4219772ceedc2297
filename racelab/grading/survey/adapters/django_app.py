"""Django's session backends. RACE_BACKEND is the one to serve: db, cache, cached_db or file."""

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

BACKEND = os.environ["RACE_BACKEND"]
FILES = Path("django_sessions")
FILES.mkdir(exist_ok=True)
settings.configure(
    SECRET_KEY="of a test server",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("django.db").absolute()}},
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ.get("RACE_REDIS", ""),
        }
    },
    SESSION_ENGINE=f"django.contrib.sessions.backends.{BACKEND}",
    SESSION_FILE_PATH=str(FILES.absolute()),
    **({"SESSION_COOKIE_AGE": int(os.environ["RACE_LIFETIME"])} if "RACE_LIFETIME" in os.environ else {}),
)
django.setup()
call_command("migrate", verbosity=0)


def stored() -> int:
    """How many sessions there are, expired ones included; for cached_db those in the database."""
    if BACKEND == "file":
        return len(list(FILES.iterdir()))
    if BACKEND == "cache":
        return int(cache._cache.get_client().dbsize())
    from django.contrib.sessions.models import Session

    return Session.objects.count()


def rows(_: HttpRequest) -> JsonResponse:
    """Answer `/race/rows`."""
    return JsonResponse({"rows": stored(), "lifetime": settings.SESSION_COOKIE_AGE})


urlpatterns = [path("race/rows", rows), path("race/", include("django_routes"))]
app = get_wsgi_application()
