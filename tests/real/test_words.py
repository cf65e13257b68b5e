"""The lines that we say Chromium prints, held against what it prints."""

import pytest
from aiohttp import web

from devproxy.browser.block import Block
from devproxy.browser.pasted import recognise
from devproxy.browser.words import chromium

pytestmark = pytest.mark.browser

ALLOW = "Access-Control-Allow-"
PUT = {"method": "PUT"}
INCLUDE = {"credentials": "include"}
OTHER = "http://other.example"


def answers(*fields: tuple[str, str], status: int = 204) -> tuple[int, tuple[tuple[str, str], ...]]:
    """An answer with the page's origin wherever a value says PAGE."""
    return status, fields


OWN = (f"{ALLOW}Origin", "PAGE")
WELL = answers(OWN, status=200)
CASES = [
    (Block("actual.acao-missing"), {}, None, answers(status=200)),
    (Block("actual.acao-mismatch", OTHER), {}, None, answers((f"{ALLOW}Origin", OTHER), status=200)),
    (Block("actual.acao-invalid", "true"), {}, None, answers((f"{ALLOW}Origin", "true"), status=200)),
    (Block("actual.acao-multiple", "PAGE, *"), {}, None, answers(OWN, (f"{ALLOW}Origin", "*"), status=200)),
    (Block("actual.star-with-credentials", "*"), INCLUDE, None, answers((f"{ALLOW}Origin", "*"), status=200)),
    (Block("actual.acac", "True"), INCLUDE, None, answers(OWN, (f"{ALLOW}Credentials", "True"), status=200)),
    (Block("preflight.acao-missing"), PUT, answers(status=404), WELL),
    (Block("preflight.acao-mismatch", "null"), PUT, answers((f"{ALLOW}Origin", "null")), WELL),
    (Block("preflight.acao-invalid", ""), PUT, answers((f"{ALLOW}Origin", "")), WELL),
    (Block("preflight.acao-multiple", "PAGE, PAGE"), PUT, answers(OWN, OWN), WELL),
    (Block("preflight.star-with-credentials"), PUT | INCLUDE, answers((f"{ALLOW}Origin", "*")), WELL),
    (Block("preflight.acac"), PUT | INCLUDE, answers(OWN), WELL),
    (Block("preflight.status"), PUT, answers(OWN, status=405), WELL),
    (Block("preflight.redirect"), PUT, answers(OWN, ("Location", "/"), status=307), WELL),
    (Block("preflight.methods-unparsable"), PUT, answers(OWN, (f"{ALLOW}Methods", "PUT; GET")), WELL),
    (Block("preflight.headers-unparsable"), PUT, answers(OWN, (f"{ALLOW}Methods", "PUT"), (f"{ALLOW}Headers", "a b")), WELL),
    (Block("preflight.method", "PUT"), PUT, answers(OWN, (f"{ALLOW}Methods", "GET")), WELL),
    (Block("preflight.header", "x-token"), {"headers": {"X-Token": "1"}}, answers(OWN), WELL),
    (Block("redirect.userinfo"), {}, None, answers(OWN, ("Location", "http://u:p@localhost/"), status=302)),
    (Block("mode.same-origin"), {"mode": "same-origin"}, None, WELL),
    (Block("mode.no-cors-redirect"), {"mode": "no-cors", "redirect": "error"}, None, WELL),
]  # fmt: skip


async def test_chromium_prints_these_lines(tab, serve) -> None:
    """Letter by letter, and each is recognised as what it is."""
    page = await tab()

    async def misbehave(request: web.Request) -> web.Response:
        _, _, preflight, actual = CASES[int(request.match_info["case"])]
        status, fields = preflight if request.method == "OPTIONS" else actual
        response = web.Response(status=status)
        for name, value in fields:
            response.headers.add(name, value.replace("PAGE", page.origin))
        return response

    app = web.Application()
    app.router.add_route("*", "/{case}", misbehave)
    server = await serve(app)
    expected = []
    for case, (block, options, *_) in enumerate(CASES):
        url = f"{server}/{case}"
        assert "error" in await page.fetch(url, **options)
        told = Block(block.code, block.value.replace("PAGE", page.origin))
        expected.append(chromium(told, url, page.origin))
        pasted = recognise(expected[-1])
        assert pasted is not None
        assert (pasted.codes[0], pasted.url) == (block.code, url)
    await page.page.wait_for_timeout(500)
    assert [line for line in page.console if "Failed to load resource" not in line] == expected
