"""The README's picture of a terminal, made from what devproxy really prints: `python -m tests.picture`.

It wants ports 3001 and 8484 free, so that the picture says what the README says.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from html import escape
from http.client import HTTPConnection
from pathlib import Path

FILE = Path(__file__).parents[1] / ".github" / "terminal.svg"
COLUMNS = 112
BACKEND, PORT = 3001, 8484
TITLE = "devproxy in a terminal"
DESCRIPTION = (
    "devproxy starts in front of http://localhost:3001; a GET is fixed, a preflight and a PUT are allowed, "
    "and a page that the policy does not know is blocked, with the line that would allow it."
)

_ESCAPE = re.compile(r"\x1b\[([\d;]*)([A-Za-z])|\x1b[^\[]")
_COLOURS = {
    31: "#ff8f88",
    32: "#7ee787",
    33: "#e3b341",
    34: "#79c0ff",
    35: "#d2a8ff",
    36: "#76e3ea",
    90: "#9aa4af",
}
_PLAIN, _DIM, _GROUND = "#e6edf3", "#9aa4af", "#0d1117"
_WIDTH, _LINE, _MARGIN, _TOP = 7.82, 19, 18, 52

PAGE = "http://localhost:5173"
_PUT = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
}
REQUESTS = (
    ("GET", "/api/users", {"Origin": PAGE}, None),
    ("OPTIONS", "/api/users/1", {"Origin": PAGE, **_PUT}, None),
    ("PUT", "/api/users/1", {"Origin": PAGE, "Content-Type": "application/json", "Authorization": "Bearer x"}, '{"name": "Ada", "role": "admin"}'),
    ("GET", "/api/users", {"Origin": "https://app.example.com"}, None),
)  # fmt: skip


def taken(backend: int, port: int) -> str:
    """What a terminal shows of a devproxy on `port` in front of the demo's API on `backend`, escapes and all."""
    api = [sys.executable, "-m", "devproxy", "demo", "--backend-only", "--port", str(backend)]
    with subprocess.Popen(api, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as serving:
        try:
            _wait_for(backend, "/health")
            return _proxied(backend, port)
        finally:
            serving.terminate()


def svg(text: str) -> str:
    """A terminal that shows `text`: lines with escapes for colours, bold and dim."""
    lines = [_spans(line.rstrip()) for line in text.replace("\r", "").strip("\n").split("\n")]
    width, height = round(COLUMNS * _WIDTH + 2 * _MARGIN), _TOP + _LINE * len(lines) + _MARGIN
    rows = "\n".join(
        f'<text x="{_MARGIN}" y="{_TOP + _LINE * number}" xml:space="preserve">{line}</text>'
        for number, line in enumerate(lines)
    )
    dots = "".join(
        f'<circle cx="{_MARGIN + 6 + 20 * number}" cy="20" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="t d">\n<title id="t">{TITLE}</title>\n<desc id="d">{DESCRIPTION}</desc>\n'
        f'<rect width="{width}" height="{height}" rx="10" fill="{_GROUND}"/>\n{dots}\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="13" fill="{_PLAIN}">\n'
        f"{rows}\n</g>\n</svg>\n"
    )


def words(picture: str) -> list[str]:
    """The lines of a picture, without times, durations and ports: what stays the same from one run to another."""
    lines = re.findall(r"<text [^>]*>(.*?)</text>", picture)
    plain = (re.sub(r"<[^>]*>", "", line) for line in lines)
    lasting = (re.sub(r"--port \d+|\d+ ms|\d\d:\d\d:\d\d|:\d{4,5}\b", "", line) for line in plain)
    return [" ".join(line.split()) for line in lasting]


def _spans(line: str) -> str:
    """One line as SVG; each run of one style is a tspan."""
    out, style = [], {"fill": "", "bold": False}
    at = 0
    for match in (*_ESCAPE.finditer(line), None):
        run = line[at : match.start() if match else None]
        if run:
            bold = ' font-weight="bold"' if style["bold"] else ""
            fill = f' fill="{style["fill"]}"' if style["fill"] else ""
            out.append(f"<tspan{fill}{bold}>{escape(run)}</tspan>" if fill or bold else escape(run))
        if match is None:
            break
        at = match.end()
        if match[2] == "m":
            for code in map(int, (match[1] or "0").split(";")):
                if code == 0:
                    style = {"fill": "", "bold": False}
                elif code == 1:
                    style["bold"] = True
                elif code == 2:
                    style["fill"] = _DIM
                else:
                    style["fill"] = _COLOURS.get(code, style["fill"])
    return "".join(out)


def _proxied(backend: int, port: int) -> str:
    typed = [f"http://localhost:{backend}", *([] if port == PORT else ["--port", str(port)])]
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-m", "devproxy", *typed])
    try:
        shown = _read(terminal, until="for help")
        for method, path, fields, body in REQUESTS:
            _ask(port, method, path, fields, body)
            time.sleep(0.3)
        shown += _read(terminal, until="--allow-origin")
    finally:
        os.write(terminal, b"q\n")
        with suppress(OSError):
            while os.read(terminal, 4096):
                pass
        os.waitpid(child, 0)
        os.close(terminal)
    return f"$ devproxy {' '.join(typed)}\n" + shown


def _read(terminal: int, until: str) -> str:
    shown = b""
    deadline = time.monotonic() + 15
    while until not in shown.decode(errors="replace") and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.3)[0]:
            shown += os.read(terminal, 4096)
    while select.select([terminal], [], [], 0.3)[0]:
        shown += os.read(terminal, 4096)
    return shown.decode()


def _ask(port: int, method: str, path: str, fields: dict[str, str], body: str | None) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body, {"Host": f"localhost:{port}", "Connection": "close", **fields})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _wait_for(port: int, path: str) -> None:
    for _ in range(150):
        with suppress(OSError):
            if _ask(port, "GET", path, {}, None) == 200:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}")


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(svg(taken(BACKEND, PORT)), encoding="utf-8")
