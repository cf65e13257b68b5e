from collections.abc import Iterator

from devproxy.export.allow import Allow
from devproxy.export.recipe import Framework, Recipe, array


def _render(allow: Allow) -> Recipe:
    code = "\n".join(("# at the end of settings.py; pip install django-cors-headers", *_settings(allow)))
    return Recipe(code, tuple(_notes(allow)), "settings.py", "python")


def _settings(allow: Allow) -> Iterator[str]:
    yield 'INSTALLED_APPS = [*INSTALLED_APPS, "corsheaders"]'
    yield 'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *MIDDLEWARE]'
    if allow.any_origin:
        yield "CORS_ALLOW_ALL_ORIGINS = True"
    else:
        yield f"CORS_ALLOWED_ORIGINS = {array(allow.origins)}"
    yield f"CORS_ALLOW_METHODS = {array(allow.all_methods)}"
    yield f"CORS_ALLOW_HEADERS = {array(allow.headers)}"
    if allow.credentials:
        yield "CORS_ALLOW_CREDENTIALS = True"
    if allow.expose:
        yield f"CORS_EXPOSE_HEADERS = {array(allow.expose)}"
    if allow.credentials and allow.methods:
        yield f"CSRF_TRUSTED_ORIGINS = {array(allow.origins)}"


def _notes(allow: Allow) -> Iterator[str]:
    yield (
        "CorsMiddleware stands first, because what answers before it, as CommonMiddleware does with its redirects, "
        "answers without CORS headers."
    )
    yield "Where settings.py sets one of these names already, make one list of both."
    if not allow.credentials:
        yield (
            "Django's CSRF check stays: what pages of another origin write to without a session needs csrf_exempt, which "
            "the views of Django REST framework have, or it answers 403."
        )
        return
    if not allow.methods:
        yield (
            "Before these pages may POST with a session, Django wants them in CSRF_TRUSTED_ORIGINS as well."
        )
    yield "With a session, what writes also needs the CSRF token, which script sends as X-CSRFToken."
    yield (
        "Pages of another site, which is more than another port, send only cookies with SESSION_COOKIE_SAMESITE and "
        'CSRF_COOKIE_SAMESITE = "None", SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE = True.'
    )


DJANGO = Framework("django", "Django", _render, aliases=("drf",))
