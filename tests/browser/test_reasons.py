"""The catalogue of reasons."""

import dataclasses

import pytest

from devproxy.browser.reasons import NOT_SEEN, NULL_PAGE, REASONS, Reason, reason_for

# Network.CorsError of Chromium 156, as its own protocol definition has it.
CHROMIUM = [
    "DisallowedByMode", "InvalidResponse", "WildcardOriginNotAllowed", "MissingAllowOriginHeader",
    "MultipleAllowOriginValues", "InvalidAllowOriginValue", "AllowOriginMismatch", "InvalidAllowCredentials",
    "CorsDisabledScheme", "PreflightInvalidStatus", "PreflightDisallowedRedirect", "PreflightWildcardOriginNotAllowed",
    "PreflightMissingAllowOriginHeader", "PreflightMultipleAllowOriginValues", "PreflightInvalidAllowOriginValue",
    "PreflightAllowOriginMismatch", "PreflightInvalidAllowCredentials", "PreflightMissingAllowExternal",
    "PreflightInvalidAllowExternal", "InvalidAllowMethodsPreflightResponse", "InvalidAllowHeadersPreflightResponse",
    "MethodDisallowedByPreflightResponse", "HeaderDisallowedByPreflightResponse", "RedirectContainsCredentials",
    "InsecureLocalNetwork", "InvalidLocalNetworkAccess", "LocalNetworkAccessPermissionDenied",
    "NoCorsRedirectModeNotFollow",
]  # fmt: skip

# security.properties of Firefox 153, and the two of necko.properties about the local network.
FIREFOX = [
    "CORSDisabled", "CORSDidNotSucceed2", "CORSOriginHeaderNotAdded", "CORSExternalRedirectNotAllowed",
    "CORSRequestNotHttp", "CORSMissingAllowOrigin2", "CORSMultipleAllowOriginNotAllowed",
    "CORSAllowOriginNotMatchingOrigin", "CORSNotSupportingCredentials", "CORSMethodNotFound",
    "CORSMissingAllowCredentials", "CORSPreflightDidNotSucceed3", "CORSInvalidAllowMethod", "CORSInvalidAllowHeader",
    "CORSMissingAllowHeaderFromPreflight2", "CORSAllowHeaderFromPreflightDeprecation", "LocalNetworkAccessDetected",
    "LocalNetworkAccessPermissionRequired",
]  # fmt: skip

# What whoever carries the requests sees nothing of, or nothing that tells it from others.
UNSEEN_STAGES = {"page", "lna", "browser", "legacy", "network"}

CODES = [
    "actual.acao-missing", "actual.acao-mismatch", "actual.acao-invalid", "actual.acao-multiple",
    "actual.star-with-credentials", "actual.acac", "preflight.acao-missing", "preflight.acao-mismatch",
    "preflight.acao-invalid", "preflight.acao-multiple", "preflight.star-with-credentials", "preflight.acac",
    "preflight.status", "preflight.redirect", "preflight.methods-unparsable", "preflight.headers-unparsable",
    "preflight.method", "preflight.header", "preflight.authorization-star", "redirect.userinfo",
    "redirect.tainted-origin", "mode.same-origin", "mode.no-cors-redirect", "scheme.not-http", "lna.permission",
    "lna.insecure-page", "lna.space-mismatch", "net.failed", "preflight.net-failed", "csp.connect-src", "mixed-content",
    "corp", "orb", "expose", "cache.vary", "cache.preflight", "cookies.not-sent", "ws.handshake",
    "upstream.rejects-origin", "browser.cors-disabled", "browser.origin-not-added", "legacy.allow-external",
    "legacy.private-network",
]  # fmt: skip


def test_every_code_has_its_reason() -> None:
    """The catalogue holds the 43 codes, each once, under its own name."""
    assert len(CODES) == 43
    assert list(REASONS) and set(REASONS) == set(CODES)
    assert all(code == reason.code for code, reason in REASONS.items())


@pytest.mark.parametrize("name", CHROMIUM)
def test_each_of_chromium_s_reasons_is_covered(name: str) -> None:
    """Every name of Chromium's has a reason here."""
    assert len(CHROMIUM) == 28
    assert any(name in reason.chromium for reason in REASONS.values())


@pytest.mark.parametrize("name", FIREFOX)
def test_each_of_firefox_s_keys_is_covered(name: str) -> None:
    """Every key of Firefox's has a reason here."""
    assert any(name in reason.firefox for reason in REASONS.values())


@pytest.mark.parametrize("name", [*CHROMIUM, *FIREFOX])
def test_what_a_proxy_cannot_see_is_named(name: str) -> None:
    """A name is either seen from the messages that pass, or it is said why it cannot be."""
    stages = {
        reason.stage for reason in REASONS.values() if name in reason.chromium or name in reason.firefox
    }
    assert (name in NOT_SEEN) == (stages <= UNSEEN_STAGES)


@pytest.mark.parametrize("reason", REASONS.values(), ids=lambda reason: reason.code)
def test_each_reason_says_everything(reason: Reason) -> None:
    """What, why and both fixes are whole sentences, and the link leads somewhere."""
    for field in ("what", "why", "fix_here", "fix_there"):
        text = getattr(reason, field)
        assert text[0].isupper() and text.endswith("."), text
        assert "  " not in text
    assert reason.link.startswith("https://")
    assert reason.stage


def test_a_reason_is_a_value() -> None:
    """Nobody can change the catalogue."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        REASONS["corp"].what = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "status", "said", "unsaid"),
    [
        ("actual.acao-missing", 0, "It may be an error in disguise", "Its status is"),
        ("actual.acao-missing", 0, "Look at the status first", "Send Access"),
        ("actual.acao-missing", 200, "keeps it from the page. Send Access-Control-Allow-Origin", "status"),
        ("actual.acao-missing", 302, "keeps it from the page. Send Access-Control-Allow-Origin", "error in"),
        ("actual.acao-missing", 404, "Its status is 404: an error", "may be"),
        ("preflight.acao-missing", 500, "Mend the 500 first. Then send", "Look at"),
        (
            "preflight.status",
            0,
            "404 and 405: nothing handles OPTIONS there. 401 and 403: a login",
            "{status}",
        ),
        ("preflight.status", 405, "never sent. 405: nothing handles OPTIONS there. Answer", "login stands"),
        (
            "preflight.status",
            401,
            "never sent. 401: a login stands in front of it. Answer",
            "nothing handles",
        ),
        ("preflight.status", 500, "never sent. Answer", "404"),
    ],
)
def test_the_words_fit_the_status(code: str, status: int, said: str, unsaid: str) -> None:
    """Where it is known nobody is sent to look at it, and of other statuses nothing is said."""
    reason = reason_for(code, status)
    text = f"{reason.what} {reason.fix_there}"
    assert said in text
    assert unsaid not in text


def test_a_status_changes_no_other_reason() -> None:
    """They are told as they are."""
    kept = [code for code in REASONS if reason_for(code, 404) == REASONS[code]]
    assert {"actual.acao-missing", "preflight.acao-missing", "preflight.status"} == REASONS.keys() - set(kept)


def test_a_page_without_an_origin_of_its_own() -> None:
    """It is to be served, and no server is to allow null."""
    assert "python3 -m http.server" in NULL_PAGE
    assert "no server should allow it" in NULL_PAGE
