"""The paths of django_shop, which are read once its settings are."""

import sys

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST


def me(request: HttpRequest) -> HttpResponse:
    return render(request, "me.html", status=200 if request.user.is_authenticated else 401)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect(request.build_absolute_uri(reverse("me")))


MOUNT = f"{sys.argv[2]}/".removeprefix("/")

urlpatterns = [
    path(f"{MOUNT}login", LoginView.as_view()),
    path(f"{MOUNT}me", me, name="me"),
    path(f"{MOUNT}logout", sign_out),
]
