"""The demo's page in a real browser: blocked on the left, read on the right, and no word of it untrue."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from devproxy.console import Console
from devproxy.demo.run import _demo

pytestmark = pytest.mark.browser

# What the panels say: straight to the backend, and through devproxy.
ROWS = {
    "get": ("Blocked", "200 OK"),
    "post": ("Blocked", "201 Created"),
    "put": ("Blocked", "200 OK"),
    "patch": ("Blocked", "200 OK"),
    "authorization": ("Blocked", "200 OK"),
    "session": ("Blocked", "200 OK"),
    "delete": ("Blocked", "204 No Content"),
    "report": ("Blocked", "200 OK"),
    "events": ("Blocked", "Streamed"),
    "socket": ("Refused", "Connected"),
    "upload": ("Blocked", "201 Created"),
    "restart": ("Blocked", "200 OK"),
}
SIDES = ("direct", "devproxy")
PATIENCE = 60_000  # milliseconds; a run takes about 7,000


class Told(Console):
    """A console that hands the page's address over, and keeps quiet."""

    def __init__(self):
        super().__init__()
        self.page = asyncio.get_running_loop().create_future()

    def demo_banner(self, *, page, proxy, backend):
        self.page.set_result(page)

    def answered(self, exchange):
        pass

    def ended(self, exchange):
        pass


@asynccontextmanager
async def running():
    """A demo; the address of its page."""
    console = Told()
    task = asyncio.get_running_loop().create_task(_demo(console))
    try:
        yield await console.page
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=10)


async def done(page):
    await page.wait_for_selector("html[data-state=done]", timeout=PATIENCE)


async def panels(page, part):
    """The texts of one part of all panels, by case and side."""
    found = await page.eval_on_selector_all(
        f".side {part}",
        """parts => parts.map(part => {
          const {case: id, side} = part.closest(".side").dataset;
          return [id, side, part.textContent];
        })""",
    )
    return {(case, side): text for case, side, text in found}


async def test_every_row_is_refused_straight_and_works_through_devproxy(chromium):
    """What the page says is what the browser did, down to the words of its console."""
    page = await chromium.new_page()
    said, errors = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    async with running() as address:
        await page.goto(address)
        await done(page)
        short = await page.eval_on_selector_all(
            ".outcome", "all => all.map(one => [one.dataset.case, one.dataset.side, one.innerText.trim()])"
        )
        badges = await panels(page, ".badge")
        scripts = await panels(page, ".label:first-child + pre")
        consoles = await panels(page, ".console")
        notes = await panels(page, ".note")
        verdict = await page.inner_text("#verdict")
    assert errors == []

    # both sides of every row, in the list and in the panels
    listed = {(case, side): text.splitlines()[-1] for case, side, text in short}
    assert listed == {
        (case, side): text for case, row in ROWS.items() for side, text in zip(SIDES, row, strict=True)
    }
    for (case, side), text in listed.items():
        assert badges[case, side].startswith(text)
    assert verdict == "Straight to the backend, 0 of 12 succeeded; through devproxy, 12 of 12."

    # the left column quotes the console word by word, and every side says why
    assert {case for case, _ in consoles} == set(ROWS)
    assert {side for _, side in consoles} == {"direct"}
    assert {line for text in consoles.values() for line in text.split("\n")} <= set(said)
    assert set(notes) == set(listed)
    assert all(notes.values())

    # what the scripts got
    direct = {case: scripts[case, "direct"] for case in ROWS}
    assert {case for case, text in direct.items() if text == "TypeError: Failed to fetch"} == set(ROWS) - {
        "events", "socket", "upload", "restart",
    }  # fmt: skip
    assert direct["events"] == direct["upload"] == "an error event, with no reason in it"
    assert direct["socket"].startswith("closed with 1006")
    assert direct["restart"].startswith("TypeError: Failed to fetch  (×8)\n")
    proxied = {case: scripts[case, "devproxy"] for case in ROWS}
    assert "Ada Lovelace" in proxied["get"]
    assert "Barbara Liskov" in proxied["post"]
    assert '"role": "admin"' in proxied["put"]
    assert '"role": "editor"' in proxied["patch"]
    assert proxied["authorization"] == '{ "name": "Ada Lovelace", "role": "admin" }'
    assert proxied["session"] == '{ "name": "Ada Lovelace" }'
    assert proxied["delete"] == "(no content)"
    assert proxied["report"].startswith("X-Total-Count: 24\n")
    assert proxied["events"].split("\n") == [f'{{"event": {number}, "of": 5}}' for number in range(1, 6)]
    assert proxied["socket"] == "you said: hello\nclosed with 1000 bye"
    assert proxied["upload"] == f'{{ "bytes": {48 * 1024 * 1024} }}'
    assert proxied["restart"].startswith("502 devproxy could not connect to http://localhost:")
    assert "Ada Lovelace" in proxied["restart"]


async def test_one_row_can_be_run_again_with_the_keyboard(chromium):
    """Enter opens a row, its button asks both sides once more, and no other row is touched."""
    page = await chromium.new_page()
    async with running() as address:
        await page.goto(address)
        await done(page)
        row = page.locator(".case", has=page.locator("[data-case=post]"))
        await row.locator("summary").press("Enter")
        again = row.get_by_role("button", name="Run again POST JSON")
        asked = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        for number in (4, 5):  # the backend that was restarted had three users again
            await again.press("Enter")
            await expect(row.locator(".answer")).to_contain_text(f'"id": {number}')
            await done(page)
        assert set(asked) == {"users", "health"}
        assert await page.inner_text("#verdict") == (
            "Straight to the backend, 0 of 12 succeeded; through devproxy, 12 of 12."
        )
        assert await again.evaluate("button => button === document.activeElement")


async def test_a_page_whose_demo_has_ended_says_so_instead_of_blaming_cors(chromium):
    """Amber and "No answer" on both sides, with what to do."""
    page = await chromium.new_page()
    async with running() as address:
        await page.goto(address)
        await done(page)
    await page.locator(".case .once").first.click()
    await page.wait_for_selector("html[data-verdict=failed]", timeout=PATIENCE)
    badges, notes = await panels(page, ".badge"), await panels(page, ".note")
    assert badges["get", "direct"] == badges["get", "devproxy"] == "No answer"
    assert notes["get", "devproxy"].startswith("This is no CORS block: devproxy does not answer at http://")
    assert notes["get", "devproxy"].endswith("Start it with: devproxy demo")


async def test_nothing_sticks_out_and_everything_can_be_read(chromium):
    """On a phone and on a desk, light and dark, with every row open: no horizontal scroll, nothing clipped, no text whose
    contrast is below 4.5 : 1 (WCAG 2.2, 1.4.3)."""
    page = await chromium.new_page()
    async with running() as address:
        await page.goto(address)
        await done(page)
    await page.get_by_role("button", name="Open all").click()
    assert await page.locator(".case details[open]").count() == len(ROWS)
    for width in (375, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await page.evaluate(_CLIPPED) == []
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await page.evaluate(_PALE) == [], (width, scheme)
    await page.get_by_role("button", name="Close all").click()
    assert await page.locator(".case details[open]").count() == 0


# Elements whose text is wider than they are.
_CLIPPED = """[...document.querySelectorAll("main *, .top *")]
  .filter(one => one.textContent.trim())
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1 && getComputedStyle(one).display !== "inline")
  .map(one => `${one.className} ${one.textContent.trim().slice(0, 40)}: ${one.scrollWidth} > ${one.clientWidth}`)"""

# Texts that do not stand out from what is behind them. Every colour of the page is opaque.
_PALE = r"""(() => {
  const light = (text) => {
    const [r, g, b] = text.match(/[\d.]+/g).map(Number).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" && one.parentElement ? behind(one.parentElement) : colour;
  };
  return [...document.querySelectorAll("body *")]
    .filter(one => one.checkVisibility() && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(one => {
      const [high, low] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => b - a);
      return [one.textContent.trim().slice(0, 40), (high + 0.05) / (low + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
})()"""
