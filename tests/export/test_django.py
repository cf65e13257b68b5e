from devproxy.export.allow import Allow
from devproxy.export.django import DJANGO

ORIGIN = ("http://a.test",)


def settings(allow: Allow) -> dict[str, object]:
    """What the snippet makes of a project's settings."""
    project: dict[str, object] = {"INSTALLED_APPS": ["shop"], "MIDDLEWARE": ["first"]}
    exec(DJANGO.render(allow).code, project)
    return {name: value for name, value in project.items() if name.isupper()}


def test_all_settings() -> None:
    """CorsMiddleware comes first, and writing with a session needs Django's own trust, too."""
    allow = Allow(ORIGIN, ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert settings(allow) == {
        "INSTALLED_APPS": ["shop", "corsheaders"],
        "MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware", "first"],
        "CORS_ALLOWED_ORIGINS": ["http://a.test"],
        "CORS_ALLOW_METHODS": ["GET", "HEAD", "POST", "PUT"],
        "CORS_ALLOW_HEADERS": ["x-key"],
        "CORS_ALLOW_CREDENTIALS": True,
        "CORS_EXPOSE_HEADERS": ["x-a"],
        "CSRF_TRUSTED_ORIGINS": ["http://a.test"],
    }


def test_any_page() -> None:
    """A star is a setting of its own; nothing is said of credentials and exposed headers."""
    assert settings(Allow(("*",))) == {
        "INSTALLED_APPS": ["shop", "corsheaders"],
        "MIDDLEWARE": ["corsheaders.middleware.CorsMiddleware", "first"],
        "CORS_ALLOW_ALL_ORIGINS": True,
        "CORS_ALLOW_METHODS": ["GET", "HEAD", "POST"],
        "CORS_ALLOW_HEADERS": [],
    }


def test_trust_is_given_to_pages_that_write() -> None:
    """With a session that only reads, CSRF_TRUSTED_ORIGINS is a note instead; without one, neither."""
    for allow, set_, noted in (
        (Allow(ORIGIN, ("PUT",)), False, False),
        (Allow(ORIGIN, credentials=True), False, True),
        (Allow(ORIGIN, ("PUT",), credentials=True), True, False),
    ):
        assert ("CSRF_TRUSTED_ORIGINS" in settings(allow)) == set_
        assert any("CSRF_TRUSTED_ORIGINS" in note for note in DJANGO.render(allow).notes) == noted


def test_cookies_are_spoken_of_where_there_are_any() -> None:
    """The note about SameSite stands with credentials only."""
    for credentials in (False, True):
        notes = DJANGO.render(Allow(ORIGIN, credentials=credentials)).notes
        assert any("SESSION_COOKIE_SAMESITE" in note for note in notes) == credentials
