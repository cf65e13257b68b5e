"""What `devproxy check` was asked: the question that the words of a command line, or a copied command, make."""

import re
from collections.abc import Sequence
from pathlib import Path

from devproxy.browser.request import BROWSERS_OWN, PageRequest
from devproxy.browser.url import has_userinfo, is_url, origin_of, serialised, without_secrets
from devproxy.check import Question
from devproxy.cors.origin import Origin, fault
from devproxy.curl import Curl
from devproxy.headers import Field, Headers

_PORT_FIRST = re.compile(r":?[0-9]{1,5}(?=[/?]|$)")
_PORT = re.compile(r":?([0-9]{1,5})")
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class QuestionError(ValueError):
    """There is nothing that could be asked; the message says why and what to write."""


def question(
    url: str | None,
    *,
    origin: str | None = None,
    method: str | None = None,
    headers: Sequence[str] = (),
    data: str | None = None,
    credentials: bool = False,
    send: bool = False,
    insecure: bool = False,
    curl: Curl | None = None,
) -> Question:
    """The question that these words ask; what is said beside a copied command goes before it. Raises QuestionError."""
    copied = curl or Curl()
    fields = [
        (name, value)
        for name, value in copied.headers
        if name.lower() not in BROWSERS_OWN and not name.lower().startswith("sec-")
    ]
    fields = [_field(f"{name}: {value}") for name, value in fields]
    fields += [_field(line) for line in headers]
    cookie = next((value for name, value in fields if name.lower() == "cookie"), copied.cookie)
    _field(f"Cookie: {cookie}")
    body = data if data is not None else copied.data
    verb = method or (copied.method if curl else "POST" if data is not None else "GET")
    if body is not None and not any(name.lower() == "content-type" for name, _ in fields):
        fields.append(("Content-Type", "text/plain;charset=UTF-8"))  # as fetch() says of a string
    said = next((value for name, value in fields if name.lower() == "origin"), None)
    said = said if origin is None else origin
    page = _page(said) if said is not None else _page_of(copied)
    try:
        request = PageRequest(
            _url(url or copied.url),
            page,
            verb,
            Headers(fields),
            credentials="include" if credentials or cookie else "same-origin",
        )
    except ValueError as error:
        raise QuestionError(str(error)) from None
    if body is not None and request.normalized_method in _WITHOUT_BODY:
        raise QuestionError(
            f"browsers throw a TypeError for a {request.normalized_method} with a body and send nothing: leave --data out, "
            "or name another method, as in -X POST"
        )
    verify = not (insecure or copied.insecure)
    return Question(request, (body or "").encode(), cookie, send, verify_tls=verify)


def _url(text: str) -> str:
    if not text:
        raise QuestionError(
            "name a URL, as in devproxy check http://localhost:3001/users --origin http://localhost:5173"
        )
    if "://" not in text and Path(text).is_file():
        raise QuestionError(f"{text} is a file: devproxy validate {text}")
    url = _spelled_out(text)
    if has_userinfo(url):
        raise QuestionError(
            "browsers ask no URL with a name or a password in it: write -H 'Authorization: Basic …' instead"
        )
    if not (is_url(origin_of(url)) and url.isprintable()):
        raise QuestionError(
            f"{text!r} is no URL that can be asked: write one such as http://localhost:3001/users"
        )
    return serialised(url)


def _page(text: str) -> str:
    """The origin of a page: as browsers write it, or its port alone on this machine."""
    if port := _PORT.fullmatch(text):
        text = f"http://localhost:{port[1]}"
    if text != "null" and (wrong := fault(text)):
        meant = wrong.instead or ""
        instead = meant if meant == "null" or Origin.parse(meant) else "one such as http://localhost:5173"
        raise QuestionError(f"{without_secrets(text)!r} is no origin, as {wrong.rule}: write {instead}")
    return text


def _page_of(copied: Curl) -> str:
    """The origin of the page that sent what was copied; of a GET within one origin only its Referer tells."""
    page = copied.header("origin") or origin_of(copied.header("referer") or "")
    if copied.header("origin") is None and page == "null":
        raise QuestionError("say which page asks, as in --origin http://localhost:5173")
    return _page(page)


def _spelled_out(text: str) -> str:
    """A URL of which no more than a port or a host may have been written."""
    url = f"http://localhost:{text.removeprefix(':')}" if _PORT_FIRST.match(text) else text
    return url if "://" in url else f"http://{url}"


def _field(line: str) -> Field:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise QuestionError(f"{line!r} is no header: write 'Name: value'")
    if not (value.isprintable() and value.isascii()):
        raise QuestionError(f"the header {name} has a character that HTTP cannot carry")
    return name.strip(), value.strip()
