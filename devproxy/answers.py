"""The proxy's own answers, as values: readable by the page's script, by a person in a tab, and by a program.

One table gives each code its status and title; whoever answers adds a sentence about this case. Nothing of the
request is mirrored without escaping, and no secret stands in any of them.
"""

import json
from dataclasses import dataclass, replace
from html import escape
from typing import NamedTuple

from devproxy.errors import TargetError
from devproxy.headers import Field, Headers
from devproxy.message import ResponseHead
from devproxy.problems import Place


class Kind(NamedTuple):
    """The status and title of one code."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "bad_target": Kind(400, "Malformed request target"),
    "bad_host": Kind(400, "Malformed Host"),
    "bad_framing": Kind(400, "Ambiguous request body"),
    "bad_request": Kind(400, "Malformed request"),
    "ambiguous_path": Kind(400, "Ambiguous path"),
    "host_not_allowed": Kind(403, "Host not allowed"),
    "origin_not_allowed": Kind(403, "Origin not allowed"),
    "cross_site": Kind(403, "Cross-site request refused"),
    "no_route": Kind(404, "No route"),
    "method_not_allowed": Kind(405, "Method not allowed"),
    "late_head": Kind(408, "Request head too slow"),
    "target_too_long": Kind(414, "Request target too long"),
    "expectation_failed": Kind(417, "Expectation failed"),
    "head_too_large": Kind(431, "Request head too large"),
    "internal": Kind(500, "devproxy failed"),
    "dns": Kind(502, "Backend name unknown"),
    "refused": Kind(502, "Backend not reachable"),
    "reset": Kind(502, "Backend closed the connection"),
    "tls": Kind(502, "TLS with the backend failed"),
    "tls_untrusted": Kind(502, "Backend certificate not trusted"),
    "tls_expired": Kind(502, "Backend certificate expired"),
    "tls_wrong_host": Kind(502, "Backend certificate is for another name"),
    "via": Kind(502, "Proxy on the way failed"),
    "protocol": Kind(502, "Backend answer not understood"),
    "protocol_framing": Kind(502, "Backend answer without a certain end"),
    "protocol_head_too_large": Kind(502, "Backend answer with too large a head"),
    "protocol_switch": Kind(502, "Backend switched to a protocol that nobody asked for"),
    "starting": Kind(503, "Backend is being restarted"),
    "timeout": Kind(504, "Backend did not answer in time"),
    "version_not_supported": Kind(505, "HTTP version not supported"),
    "loop": Kind(508, "Loop detected"),
}

_REASONS = {
    204: "No Content",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    508: "Loop Detected",
}


class Unlisted(NamedTuple):
    """The origin of a page that a policy does not list, and the place where it would be listed, if a file has one."""

    origin: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """One answer of the proxy itself.

    `code` is a key of KINDS, `detail` says what happened in this case, `hint` what to do about it, `unlisted` which page
    would have to be allowed. `fields` are further header fields, `route` is the prefix of the route concerned.
    """

    code: str
    detail: str
    hint: str = ""
    route: str = ""
    fields: tuple[Field, ...] = ()
    unlisted: Unlisted | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status

    @property
    def title(self) -> str:
        """What kind of answer this is, in a few words."""
        return KINDS[self.code].title

    @property
    def for_strangers(self) -> "OwnAnswer":
        """What another machine may know: the status and what it means, not what is configured or running here."""
        return replace(self, detail="", hint="", route="", unlisted=None)

    @property
    def advice(self) -> str:
        """What to do about it, a sentence a line."""
        allow = f"If that page is yours, {how_to_allow(self.unlisted)}" if self.unlisted else ""
        return "\n".join(line for line in (allow, self.hint) if line)


def from_error(error: TargetError, route: str) -> OwnAnswer:
    """The answer for a leg to the target that broke."""
    began = f'\nIt began with "{_shown(error.said)}"' if error.said else ""
    hint = error.hint or _ERROR_HINTS.get(error.code, "")
    fields = (("Retry-After", "1"),) if error.code == "starting" else ()
    return OwnAnswer(error.code, error.detail + began, hint=hint, route=route, fields=fields)


def render(answer: OwnAnswer, accept: str | None) -> tuple[ResponseHead, bytes]:
    """Head and body of an answer, in the form that `accept` prefers: problem+json (RFC 9457), HTML or plain text."""
    media_type, body = _FORMS[_preferred(accept or "")](answer)
    content = body.encode()
    headers = Headers(
        (
            ("Content-Type", media_type),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("X-Devproxy-Error", answer.code),
            *answer.fields,
        )
    )
    return ResponseHead(answer.status, _REASONS[answer.status], headers), content


def how_to_allow(page: Unlisted) -> str:
    """The configuration line, or the flag, that makes a page known."""
    if page.place is None:
        return f"start devproxy with --allow-origin {page.origin}"
    return f"add {page.origin} to allow_origins at {page.place}"


def no_content(headers: Headers) -> ResponseHead:
    """A 204 with these fields."""
    return ResponseHead(204, _REASONS[204], headers)


_SHOWN_BYTES = 64  # a status line

_ERROR_HINTS = {
    "starting": "Look at its terminal; wait_for_restart says how long devproxy waits.",
    "tls_untrusted": "If that is how it should be, give the route verify_tls: false, or ca_file with the certificate to trust.",
    "tls_expired": "Renew it, or give the route verify_tls: false meanwhile.",
    "tls_wrong_host": "Ask for the target by the name in its certificate, or give the route verify_tls: false.",
    "refused": "Is the backend running, and on this port?",
    "dns": "Check the spelling of the target's host.",
    "tls": "Does the target speak TLS on this port? If not, write http:// instead of https://.",
    "reset": "Has the backend crashed, or been restarted? Its own log says more.",
    "timeout": "Is the backend at work, or stuck? The route's timeout says how long devproxy waits.",
    "protocol": "Is it an HTTP server, and is the scheme (http or https) right?",
    "protocol_framing": "Two servers could read such an answer differently: the backend must say its length once.",
    "protocol_head_too_large": "Browsers would refuse it too. Does a cookie, or a debugging field, grow?",
    "protocol_switch": "Only a request with Upgrade may be answered with 101.",
}


def _shown(said: bytes) -> str:
    """The first bytes of what a target said, in ASCII, so that neither a terminal nor a page takes them for its own."""
    return repr(said[:_SHOWN_BYTES])[2:-1] + ("…" if len(said) > _SHOWN_BYTES else "")


def _preferred(accept: str) -> str:
    """The first media range that names a form of ours; browsers list text/html first when they load a page."""
    for media_range in accept.split(","):
        media_type = media_range.partition(";")[0].strip().lower()
        if media_type in _FORMS:
            return media_type
    return "application/problem+json"


def _as_json(answer: OwnAnswer) -> tuple[str, str]:
    members: dict[str, str | int] = {
        "type": f"urn:devproxy:error:{answer.code}",
        "title": answer.title,
        "status": answer.status,
    }
    more = {"detail": answer.detail, "hint": answer.advice, "route": answer.route}
    members |= {name: text for name, text in more.items() if text}
    return "application/problem+json", json.dumps(members, ensure_ascii=False) + "\n"


def _as_text(answer: OwnAnswer) -> tuple[str, str]:
    parts = (f"{answer.status} {answer.title}\n", answer.detail, answer.advice)
    return "text/plain; charset=utf-8", "".join(f"{part}\n" for part in parts if part)


def _as_html(answer: OwnAnswer) -> tuple[str, str]:
    return "text/html; charset=utf-8", _PAGE.format(
        status=answer.status,
        title=escape(answer.title),
        detail=_paragraphs(answer.detail),
        hint=f'<div class="hint">{_paragraphs(answer.advice)}</div>' if answer.advice else "",
        code=escape(answer.code),
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())


_FORMS = {
    "application/problem+json": _as_json,
    "application/json": _as_json,
    "text/html": _as_html,
    "text/plain": _as_text,
}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{status} {title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 18vh auto 2rem; padding: 0 1.5rem }}
small {{ font: 0.85rem ui-monospace, monospace; opacity: 0.65 }}
h1 {{ font-size: 1.6rem; line-height: 1.25; margin: 0.25rem 0 1.25rem }}
p {{ margin: 0 0 0.4rem; overflow-wrap: anywhere }}
.hint {{ border-left: 3px solid #2f9e6e; padding: 0.1rem 0 0.1rem 1rem; margin: 1.25rem 0 }}
</style>
</head>
<body>
<small>{status} · devproxy · {code}</small>
<h1>{title}</h1>
{detail}
{hint}
</body>
</html>
"""
