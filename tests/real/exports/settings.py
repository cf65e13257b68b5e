"""A project in one file."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

DEBUG = True
SECRET_KEY = "x" * 50
ROOT_URLCONF = __name__
INSTALLED_APPS = ["django.contrib.contenttypes"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]


def users(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.headers.get("Cookie", ""), headers={"X-Total": "2"})


def crash(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("as planned")


urlpatterns = [path("users", users), path("crash", crash), path("slash/", users)]
# recipe
