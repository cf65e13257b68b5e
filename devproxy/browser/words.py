"""What Chromium 156 and Firefox 153 print in their consoles for a check that fails, letter by letter.

Each line was held against the browser itself. This module must not know why a check fails, nor what to do about it.
"""

from collections.abc import Mapping

from devproxy.browser.block import Block
from devproxy.browser.reasons import REASONS

_MISMATCH = (
    "The 'Access-Control-Allow-Origin' header has a value '{value}' that is not equal to the supplied origin. "
    "Have the server send the header with a valid value."
)
_INCLUDE = "when the request's credentials mode is 'include'."

# What both stages of a check have in common, by what stands behind the dot of their codes.
_CHECKS: Mapping[str, str] = {
    "acao-missing": "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    "acao-mismatch": _MISMATCH,
    "acao-invalid": "The 'Access-Control-Allow-Origin' header contains the invalid value '{value}'. "
    "Have the server send the header with a valid value.",
    "acao-multiple": "The 'Access-Control-Allow-Origin' header contains multiple values '{value}', but only one is allowed. "
    "Have the server send the header with a valid value.",
    "star-with-credentials": "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard "
    f"'*' {_INCLUDE}",
    "acac": "The value of the 'Access-Control-Allow-Credentials' header in the response is '{value}' which must be 'true' "
    f"{_INCLUDE}",
    "status": "It does not have HTTP ok status.",
    "redirect": "Redirect is not allowed for a preflight request.",
}
_OF_CREDENTIALS = ("star-with-credentials", "acac")
_XHR = "XMLHttpRequest"
_XHR_CREDENTIALS = " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute."
_PREFLIGHT = "Response to preflight request doesn't pass access control check: "

_CHROMIUM: Mapping[str, str] = {
    **{f"actual.{name}": text for name, text in _CHECKS.items()},
    **{f"preflight.{name}": f"{_PREFLIGHT}{text}" for name, text in _CHECKS.items()},
    "preflight.methods-unparsable": "Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
    "preflight.headers-unparsable": "Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
    "preflight.method": "Method {value} is not allowed by Access-Control-Allow-Methods in preflight response.",
    "preflight.header": "Request header field {value} is not allowed by Access-Control-Allow-Headers in preflight response.",
    # Chromium does not print where the redirect leads: there is a password in it.
    "redirect.userinfo": "Redirect location '' contains a username and password, which is disallowed for cross-origin requests.",
    "redirect.tainted-origin": _MISMATCH,
    "cache.vary": _CHECKS["acao-missing"],
}
_FETCH_API: Mapping[str, str] = {
    "mode.same-origin": 'Request mode is "same-origin" but the URL\'s origin is not same as the request origin {origin}.',
    "mode.no-cors-redirect": 'Request mode is "no-cors" but the redirect mode is not "follow".',
    "scheme.not-http": 'URL scheme "{scheme}" is not supported.',
}

_FIREFOX: Mapping[str, str] = {
    "CORSDisabled": "CORS disabled).",
    "CORSDidNotSucceed2": "CORS request did not succeed). Status code: (null).",
    "CORSOriginHeaderNotAdded": "CORS header ‘Origin’ cannot be added).",
    "CORSExternalRedirectNotAllowed": "CORS request external redirect not allowed).",
    "CORSRequestNotHttp": "CORS request not http).",
    "CORSMissingAllowOrigin2": "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: {status}.",
    "CORSMultipleAllowOriginNotAllowed": "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
    "CORSAllowOriginNotMatchingOrigin": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’).",
    "CORSNotSupportingCredentials": "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’).",
    "CORSMethodNotFound": "Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
    "CORSMissingAllowCredentials": "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
    "CORSPreflightDidNotSucceed3": "CORS preflight response did not succeed). Status code: {status}.",
    "CORSInvalidAllowMethod": "invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Methods’).",
    "CORSInvalidAllowHeader": "invalid token ‘{value}’ in CORS header ‘Access-Control-Allow-Headers’).",
    "CORSMissingAllowHeaderFromPreflight2": "header ‘{value}’ is not allowed according to header "
    "‘Access-Control-Allow-Headers’ from CORS preflight response).",
}
_FIREFOX_WARNS = (
    "Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {url} soon. "
    "(Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To include the "
    "`Authorization` header, it must be explicitly listed in CORS header `Access-Control-Allow-Headers`)."
)


def chromium(
    block: Block, url: str, origin: str, *, initiator: str = "fetch", redirected_from: str = ""
) -> str:
    """The line that Chromium prints; empty where it prints none.

    `url` is the address of the answer at fault, `redirected_from` the one that the page asked for, where that is another.
    `initiator` is Chromium's word for what asks: fetch, XMLHttpRequest, image, script, font, CSS stylesheet, resource.
    """
    if said := _FETCH_API.get(block.code):
        said = said.format(origin=origin, scheme=url.partition(":")[0])
        return f"Fetch API cannot load {url}. {said}"
    reason = _CHROMIUM.get(block.code)
    if reason is None:
        return ""
    if initiator == _XHR and block.code.partition(".")[2] in _OF_CREDENTIALS:
        reason += _XHR_CREDENTIALS
    by_way_of = f" (redirected from '{redirected_from}')" if redirected_from else ""
    frame = f"Access to {initiator} at '{url}'{by_way_of} from origin '{origin}'"
    return f"{frame} has been blocked by CORS policy: {reason.format(value=block.value)}"


def firefox_key(block: Block) -> str:
    """The key of Firefox's `security.properties` for a block; empty where it has none.

    To Firefox a list in one line is an origin that does not match; only a second line is one too many.
    """
    if block.code.endswith(".acao-multiple") and block.lines == 1:
        return "CORSAllowOriginNotMatchingOrigin"
    return next(iter(REASONS[block.code].firefox), "")


def firefox(block: Block, url: str) -> str:
    """The line that Firefox prints; empty where it prints none. A failed preflight has CORSDidNotSucceed2 below it, too."""
    if block.code == "preflight.authorization-star":
        return _FIREFOX_WARNS.format(url=url)
    key = firefox_key(block)
    reason = _FIREFOX.get(key)
    if reason is None:
        return ""
    at = f"‘{url}’" if key == "CORSNotSupportingCredentials" else url
    reason = reason.format(value=block.value, status=block.status)
    return (
        f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {at}. "
        f"(Reason: {reason}"
    )
