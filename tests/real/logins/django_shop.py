"""Django as `startproject` sets it up: sessions, its users, its LoginView and its check of CSRF tokens and of Origin."""

import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

PAGES = {
    "registration/login.html": '<form method="post">{% csrf_token %}{{ form.as_p }}<button>sign in</button></form>',
    "me.html": "<h1>{{ request.user.username|default:'nobody' }}</h1>"
    '<form method="post" action="logout">{% csrf_token %}<button>sign out</button></form>',
}

settings.configure(
    DEBUG=True,
    SECRET_KEY="for tests only",
    ROOT_URLCONF="django_urls",
    LOGIN_REDIRECT_URL="me",
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(tempfile.mkdtemp()) / "shop.sqlite3"}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [("django.template.loaders.locmem.Loader", PAGES)],
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ],
            },
        }
    ],
)
django.setup()

call_command("migrate", verbosity=0)
get_user_model().objects.create_user("Ada", password="lovelace")
call_command("runserver", f"127.0.0.1:{sys.argv[1]}", use_reloader=False)
