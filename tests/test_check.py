"""What a server is asked on behalf of a page, and what becomes of it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from devproxy.browser.request import PageRequest
from devproxy.check import FOREIGN, Question, check
from devproxy.headers import Headers
from tests.proxy.test_dial import free_port

PAGE = "http://localhost:5173"
ALLOWS = f"Access-Control-Allow-Origin: {PAGE}"


@asynccontextmanager
async def serving(*answers):
    """A server that gives these answers in turn, the last again and again, and keeps the heads that it was sent."""
    heads, bodies = [], []

    async def serve(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                heads.append(head)
                length = next(
                    (
                        int(line.split(":")[1])
                        for line in head.splitlines()
                        if line.lower().startswith("content-length")
                    ),
                    0,
                )
                bodies.append(await reader.readexactly(length))
                answer = answers[min(len(heads), len(answers)) - 1]
                writer.write(answer(head) if callable(answer) else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads, bodies
    finally:
        server.close()


def answer(*lines, status="200 OK"):
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "Content-Length: 0", "", "")).encode()


def methods(heads):
    return [head.split(" ", 1)[0] for head in heads]


async def asked(url, method="GET", headers=(), **rest):
    credentials = rest.pop("credentials", "same-origin")
    request = PageRequest(url, PAGE, method, Headers(headers), credentials=credentials)
    return await check(Question(request, **rest))


async def test_a_simple_get_is_sent_at_once():
    """As the page would send it; then again for a page that nobody knows, and for nobody."""
    async with serving(answer(ALLOWS)) as (url, heads, _):
        result = await asked(f"{url}/users?x=1#top")
    assert result.verdict.allowed
    assert methods(heads) == ["GET"] * 3
    first = heads[0].splitlines()
    assert first[0] == "GET /users?x=1 HTTP/1.1"
    assert f"Origin: {PAGE}" in first
    assert "Sec-Fetch-Mode: cors" in first
    assert "Sec-Fetch-Site: cross-site" in first
    assert sorted(
        next((line for line in head.splitlines() if line.startswith("Origin")), "") for head in heads[1:]
    ) == [
        "",
        f"Origin: {FOREIGN}",
    ]
    assert result.probes.read
    assert result.probes.nobody
    assert result.probes.preflight is None


async def test_script_says_what_it_takes():
    """Its Accept goes before the one that browsers send otherwise."""
    async with serving(answer(ALLOWS)) as (url, heads, _):
        await asked(url, headers=[("Accept", "application/json")])
    assert [line for line in heads[0].splitlines() if line.startswith("Accept:")] == [
        "Accept: application/json"
    ]


async def test_a_preflight_goes_first():
    """With what it asks; a method that may change something stays at home."""
    allowed = answer(
        ALLOWS,
        "Access-Control-Allow-Methods: PUT",
        "Access-Control-Allow-Headers: x-a",
        status="204 No Content",
    )
    async with serving(allowed) as (url, heads, _):
        result = await asked(f"{url}/users/7", "PUT", [("X-A", "1")])
    assert methods(heads) == ["OPTIONS"] * 2
    assert "Access-Control-Request-Method: PUT" in heads[0]
    assert "Access-Control-Request-Headers: x-a" in heads[0]
    assert (result.unsent, result.verdict.allowed, result.is_open) == ("PUT", True, False)
    assert result.probes.preflight


async def test_a_method_is_sent_once_when_that_is_wanted():
    """With its body; others ask by preflights only."""
    allowed = answer(ALLOWS, "Access-Control-Allow-Methods: PUT", status="204 No Content")
    async with serving(allowed, answer(ALLOWS)) as (url, heads, bodies):
        result = await asked(url, "PUT", send=True, body=b"hello")
    assert methods(heads) == ["OPTIONS", "PUT", "OPTIONS"]
    assert bodies[1] == b"hello"
    assert result.verdict.allowed


async def test_a_post_that_needs_no_preflight_is_not_sent_unasked():
    """And then nothing is known."""
    async with serving(answer(ALLOWS)) as (url, heads, _):
        result = await asked(url, "POST")
        assert (result.unsent, result.is_open, heads) == ("POST", True, [])
        result = await asked(url, "POST", send=True)
    assert result.verdict.allowed
    assert "Content-Length: 0" in heads[0]


async def test_behind_a_failed_preflight_a_get_is_asked_all_the_same():
    """The browser would not, but all that fails is to be told; nothing else is sent."""
    async with serving(answer(status="405 Method Not Allowed"), answer(status="500 Oops")) as (url, heads, _):
        result = await asked(url, headers=[("X-A", "1")])
    assert methods(heads[:2]) == ["OPTIONS", "GET"]
    assert [block.code for block in result.verdict.blocks] == [
        "preflight.acao-missing",
        "preflight.status",
        "preflight.header",
    ]
    assert [block.code for block in result.blocks][-1] == "actual.acao-missing"
    async with serving(answer(status="405 Method Not Allowed")) as (url, heads, _):
        result = await asked(url, "PUT", send=True)
    assert "PUT" not in methods(heads)


async def test_a_redirect_is_followed_as_a_browser_does():
    """Between foreign origins Origin becomes null, and neither Authorization nor cookies go along."""
    secrets = [("Authorization", "Bearer hunter2")]
    allowed = answer(
        "Access-Control-Allow-Origin: *",
        "Access-Control-Allow-Headers: authorization",
        status="204 No Content",
    )
    async with serving(answer("Access-Control-Allow-Origin: null")) as (there, others, _):
        here = answer(
            ALLOWS, "Access-Control-Allow-Headers: authorization", f"Location: {there}/b", status="302 Found"
        )
        async with serving(lambda head: allowed if head.startswith("OPTIONS") else here) as (url, heads, _):
            result = await asked(f"{url}/a", headers=secrets, cookie="session=hunter2")
    assert result.verdict.allowed
    assert "Authorization: Bearer hunter2" in heads[1]
    assert "Origin: null" in others[0]
    assert "hunter2" not in others[0]


async def test_cookies_go_along_with_credentials_only():
    """Never with a preflight."""
    allowed = answer(
        ALLOWS,
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Allow-Headers: x-a",
        status="204 No Content",
    )
    async with serving(allowed) as (url, heads, _):
        await asked(url, headers=[("X-A", "1")], credentials="include", cookie="a=1")
    assert ["Cookie: a=1" in head for head in heads[:2]] == [False, True]
    async with serving(allowed) as (url, heads, _):
        await asked(url, cookie="a=1")
    assert not any("Cookie" in head for head in heads)


async def test_nobody_answers():
    """That is told in words, wherever it happens."""
    result = await asked(f"http://127.0.0.1:{free_port()}/")
    assert result.error
    assert result.error.code == "refused"
    gone = answer(ALLOWS, f"Location: http://127.0.0.1:{free_port()}/", status="302 Found")
    async with serving(gone) as (url, *_):
        assert (await asked(url)).error


async def test_a_redirect_to_what_can_be_no_server():
    """A name that no resolver takes is an error of the leg, not of ours."""
    async with serving(answer(ALLOWS, "Location: http://a..b/", status="302 Found")) as (url, *_):
        result = await asked(url)
    assert result.error
    assert "names no server" in result.error.detail


async def test_the_same_origin_asks_nobody_else():
    """There is nothing to check."""
    async with serving(answer()) as (url, heads, _):
        result = await check(Question(PageRequest(url, url)))
    assert result.verdict.allowed
    assert len(heads) == 1
    assert "Sec-Fetch-Site: same-origin" in heads[0]


@pytest.mark.parametrize(
    ("path", "line"),
    [("", "GET / HTTP/1.1"), ("?q=ü", "GET /?q=%C3%BC HTTP/1.1"), ("/ä b", "GET /%C3%A4%20b HTTP/1.1")],
)
async def test_the_path_is_sent_as_browsers_write_it(path, line):
    """Percent-encoded where it has to be."""
    async with serving(answer(ALLOWS)) as (url, heads, _):
        await asked(f"{url}{path}")
    assert heads[0].splitlines()[0] == line


async def test_the_same_cookie_whoever_asks():
    """An answer that depends on it would otherwise seem to depend on Origin; the one behind a failed preflight counts too."""
    async with serving(answer(status="405 No")) as (url, heads, _):
        await asked(url, headers=[("X-A", "1")], credentials="include", cookie="a=1")
    reads = [head for head in heads if head.startswith("GET")]
    assert len(reads) == 3
    assert all("Cookie: a=1" in head for head in reads)


async def test_behind_a_redirect_a_failed_preflight_is_the_end():
    """What a page sends to one server never reaches another one that it did not name."""
    allowed = answer(ALLOWS, "Access-Control-Allow-Headers: authorization, x-a", status="204 No Content")
    async with serving(answer(status="404 Not Found")) as (there, others, _):
        here = answer(ALLOWS, f"Location: {there}/b", status="302 Found")
        async with serving(lambda head: allowed if head.startswith("OPTIONS") else here) as (url, *_):
            result = await asked(url, headers=[("Authorization", "Bearer hunter2"), ("X-A", "1")])
    assert methods(others) == ["OPTIONS"]
    assert "hunter2" not in others[0]
    assert result.beyond is None


async def test_a_server_that_answers_nobody_else():
    """What others would be told is then not known, nor what stands behind a failed preflight."""

    def once(head):
        if head.startswith("OPTIONS") and PAGE in head:
            return answer(status="405 No")
        raise ConnectionError

    async with serving(once) as (url, *_):
        result = await asked(url, headers=[("X-A", "1")])
    assert result.verdict.blocks
    assert result.beyond is None
    assert (result.probes.preflight, result.probes.read, result.probes.nobody) == (None, None, None)
