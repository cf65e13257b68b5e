"""The names that the Fetch standard treats in a way of their own, and the methods that the listener can read."""

ANY = "*"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Fetch, Methods: those that need no permission, that no page may use, that browsers upper-case.
SAFELISTED_METHODS = ("GET", "HEAD", "POST")
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
NORMALISED_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})

# What llhttp, the parser of the listener, takes in an HTTP request; it refuses any other before a policy is asked.
PARSED_METHODS = _words(
    """
    DELETE GET HEAD POST PUT CONNECT OPTIONS TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND REBIND
    UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PATCH PURGE MKCALENDAR LINK UNLINK
    SOURCE QUERY
    """
)
ANSWERABLE_METHODS = PARSED_METHODS - FORBIDDEN_METHODS

# Fetch, Headers: forbidden request-headers, which browsers set themselves.
FORBIDDEN_REQUEST_HEADERS = _words(
    """
    accept-charset accept-encoding connection content-length cookie cookie2 date dnt expect host keep-alive origin referer
    set-cookie te trailer transfer-encoding upgrade via
    """
)
FORBIDDEN_REQUEST_PREFIXES = ("access-control-request-", "proxy-", "sec-")

# Fetch, HTTP responses: the server's side of the protocol, as far as one policy answers it.
PREFLIGHT_RESPONSE_HEADERS = (
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
)
RESPONSE_HEADERS = frozenset(
    {
        *PREFLIGHT_RESPONSE_HEADERS,
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-expose-headers",
    }
)
REQUEST_HEADERS = frozenset({"origin", "access-control-request-method", "access-control-request-headers"})
FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

# Fetch, Headers: CORS-safelisted response-header names, readable without being exposed.
SAFELISTED_RESPONSE_HEADERS = _words(
    "cache-control content-language content-length content-type expires last-modified pragma"
)
