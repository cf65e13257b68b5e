"""A command line of curl's, as DevTools copies it: read, never run.

`@file` and whatever else would touch the machine is passed over and reported.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from devproxy.headers import Field

LONGEST = 1024 * 1024

# A word of a POSIX shell is made of these pieces; DevTools writes $'…' where a plain quote would not do.
_PIECE = re.compile(
    r"""\$'(?P<ansi>(?:[^'\\]|\\.)*)'|'(?P<plain>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|\\(?P<escaped>.)"""
    r"""|(?P<bare>(?:(?!\$')[^\s'"\\])+)|(?P<blank>\s+)""",
    re.DOTALL,
)
_ANSI = re.compile(r"\\(?:u(?P<u>[0-9A-Fa-f]{1,4})|x(?P<x>[0-9A-Fa-f]{1,2})|(?P<c>.))", re.DOTALL)
_ANSI_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
# cmd.exe: a caret makes the next character a plain one, or joins two lines.
_CARET = re.compile(r"\^(\r?\n|.)", re.DOTALL)

_DATA = ("--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json")
_SHORT = {
    "-X": "--request",
    "-H": "--header",
    "-d": "--data",
    "-b": "--cookie",
    "-A": "--user-agent",
    "-e": "--referer",
}
_SHORT |= {
    "-u": "--user",
    "-F": "--form",
    "-o": "--output",
    "-x": "--proxy",
    "-m": "--max-time",
    "-T": "--upload-file",
}
_SHORT |= {"-K": "--config", "-c": "--cookie-jar", "-w": "--write-out", "-D": "--dump-header", "-E": "--cert"}
_SHORT |= {"-r": "--range", "-C": "--continue-at", "-I": "--head", "-G": "--get", "-k": "--insecure"}
_READ = frozenset(
    {*_DATA, "--request", "--header", "--cookie", "--user-agent", "--referer", "--user", "--form", "--url"}
)
_READ |= {"--range"}
_WITH_VALUE = frozenset({*_READ, *_SHORT.values()} - {"--head", "--get", "--insecure"}) | {
    "--cacert", "--key", "--resolve", "--connect-to", "--connect-timeout", "--retry", "--max-redirs", "--proxy-user",
    "--limit-rate", "--max-filesize", "--oauth2-bearer", "--trace", "--trace-ascii", "--interface", "--unix-socket", "--noproxy", "--ciphers", "--form-string", "--http-version",
}  # fmt: skip
# How curl shows, follows and transports, which is the browser's affair here.
_OF_NO_MATTER = frozenset({
    "--compressed", "--silent", "--show-error", "--location", "--include", "--verbose", "--fail", "--globoff", "--http1.1",
    "--http2", "-s", "-S", "-L", "-i", "-v", "-f", "-g",
})  # fmt: skip


class CurlError(ValueError):
    """The text is no command line of curl's that can be read; the message says what is wrong."""


@dataclass(slots=True)
class Curl:
    """What the command would have sent. `ignored` are its options that were passed over, with the files that data names."""

    url: str = ""
    method: str = ""
    headers: list[Field] = field(default_factory=list)
    data: str | None = None
    cookie: str = ""
    insecure: bool = False
    ignored: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """The value of the first header of that name."""
        return next((value for own, value in self.headers if own.lower() == name), None)


def parse(text: str) -> Curl:
    """What a copied command says. Raises CurlError."""
    if len(text) > LONGEST:
        raise CurlError(f"more than {LONGEST // 1024} KiB is no copied request")
    words = _words(text)
    if next(words, "").rpartition("/")[2].lower().removesuffix(".exe") != "curl":
        raise CurlError(
            "that does not begin with curl: in DevTools, Network, right-click the request, Copy as cURL"
        )
    curl = Curl()
    as_query = False
    for name, value in _options(words):
        match name:
            case "" | "--url" if curl.url:
                raise CurlError("more than one URL stands in it: copy one request alone")
            case "" | "--url":
                curl.url = value
            case "--request":
                curl.method = value
            case "--head":
                curl.method = curl.method or "HEAD"
            case "--get":
                as_query = True
            case "--insecure":
                curl.insecure = True
            case _ if name in _READ:
                _take(curl, name, value)
            case _ if name not in _OF_NO_MATTER:
                curl.ignored.append(name)
    return _finished(curl, as_query=as_query)


def _finished(curl: Curl, *, as_query: bool) -> Curl:
    if not curl.url:
        raise CurlError("no URL stands in it")
    if "://" not in curl.url:
        curl.url = f"http://{curl.url}"
    if as_query and curl.data is not None:
        curl.url += f"{'&' if '?' in curl.url else '?'}{curl.data}"
        curl.data = None
    if curl.data is not None and curl.header("content-type") is None:
        curl.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    curl.method = curl.method or ("GET" if curl.data is None else "POST")
    return curl


def _take(curl: Curl, name: str, value: str) -> None:
    """Take an option that says something about the request."""
    if name == "--header":
        _take_header(curl, value)
    elif name == "--cookie":
        if "=" in value:
            curl.cookie = value
        else:
            curl.ignored.append(name)
    elif name in {"--user-agent", "--referer", "--range"}:
        own = {"--user-agent": "User-Agent", "--referer": "Referer", "--range": "Range"}[name]
        curl.headers.append((own, f"bytes={value}" if own == "Range" else value))
    elif name == "--user":
        token = base64.b64encode(value.encode()).decode()
        curl.headers.append(("Authorization", f"Basic {token}"))
    elif name == "--form":
        curl.headers.append(("Content-Type", "multipart/form-data; boundary=devproxy"))
        curl.data = "--devproxy--\r\n"
        curl.ignored.append(name)
    else:
        _take_data(curl, name, value)


def _take_header(curl: Curl, line: str) -> None:
    if line.startswith("@"):
        curl.ignored.append("--header")
        return
    name, colon, value = line.partition(":")
    if name.strip().lower() == "cookie":
        curl.cookie = value.strip()
    elif colon:
        curl.headers.append((name.strip(), value.strip()))
    elif line.endswith(";"):  # with an empty value; a name alone takes a header of curl's away
        curl.headers.append((line[:-1].strip(), ""))


def _take_data(curl: Curl, name: str, value: str) -> None:
    if name != "--data-raw" and value.startswith("@"):
        curl.ignored.append(f"{name} {value}")
        value = ""
    elif name == "--data-urlencode":
        own, equals, rest = value.partition("=")
        value = f"{own}{equals if own else ''}{quote(rest)}" if equals else quote(value)
    if name == "--json":
        curl.headers += [("Content-Type", "application/json"), ("Accept", "application/json")]
    curl.data = value if curl.data is None else f"{curl.data}{'' if name == '--json' else '&'}{value}"


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The options with their values; what is no option has an empty name."""
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name in _WITH_VALUE and not equals:
                value = next(words, "")
            yield name, value
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word, words)
        else:
            yield "", word


def _short(word: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Short options may stand together, and the last may have its value right behind it."""
    for position, letter in enumerate(word[1:], 2):
        name = _SHORT.get(f"-{letter}", f"-{letter}")
        if name in _WITH_VALUE:
            yield name, word[position:] or next(words, "")
            return
        yield name, ""


def _words(text: str) -> Iterator[str]:
    """The words of a command, as a POSIX shell or, where carets say so, cmd.exe would split them."""
    if '^"' in text or "^\n" in text or "^\r\n" in text:
        text = _CARET.sub(lambda match: "" if "\n" in match[1] else match[1], text)
    word: str | None = None
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None:
            raise CurlError("a quote is opened and never closed: was it copied whole?")
        position = piece.end()
        if piece["blank"] is not None:
            if word is not None:
                yield word
            word = None
        elif piece["escaped"] not in {"\n", "\r"}:
            word = (word or "") + _value(piece)
    if word is not None:
        yield word


def _value(piece: re.Match[str]) -> str:
    if piece["ansi"] is not None:
        return _ANSI.sub(_unescaped, piece["ansi"])
    if piece["double"] is not None:
        return re.sub(r'\\(["\\$`\n])', r"\1", piece["double"])
    return piece["plain"] or piece["escaped"] or piece["bare"] or ""


def _unescaped(match: re.Match[str]) -> str:
    code = match["u"] or match["x"]
    return chr(int(code, 16)) if code else _ANSI_CHARACTERS.get(match["c"], match["c"])
