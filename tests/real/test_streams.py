"""What flows, in a real Chromium through devproxy: uploads, event streams, WebSockets, aborts, ranges."""

import asyncio
import hashlib
import json

import pytest
from aiohttp import WSMsgType, web

pytestmark = pytest.mark.browser

MIB = 1024 * 1024


def application(method: str, path: str, handler) -> web.Application:
    app = web.Application()
    app.router.add_route(method, path, handler)
    return app


async def test_an_upload_tells_its_progress_while_the_backend_reads(tab, serve, start):
    """The backend stops at a quarter until the page has been told of that quarter: the bar does not wait for the end."""
    told = asyncio.Event()

    async def note(request):
        if int(await request.text()) >= 16 * MIB:
            told.set()
        return web.Response(status=204)

    async def upload(request):
        received = 0
        async for chunk in request.content.iter_any():
            received += len(chunk)
            if received >= 16 * MIB:
                await asyncio.wait_for(told.wait(), 20)
        return web.json_response({"received": received})

    app = application("POST", "/upload", upload)
    app.router.add_post("/told", note)
    page, proxy = await tab(), await start(await serve(app))
    events, answer = await page.page.evaluate(
        """([proxy, size]) => new Promise((resolve, reject) => {
          const events = [];
          const request = new XMLHttpRequest();
          request.open("POST", `${proxy}/upload`);
          request.upload.onprogress = ({ loaded, total }) => {
            events.push([loaded, total]);
            fetch(`${proxy}/told`, { method: "POST", body: loaded });
          };
          request.onload = () => resolve([events, request.responseText]);
          request.onerror = reject;
          request.send(new Blob(Array(size).fill(new Uint8Array(1024 * 1024))));
        })""",
        [proxy.origin, 64],
    )
    assert json.loads(answer) == {"received": 64 * MIB}
    assert {total for _, total in events} == {64 * MIB}
    loaded = [loaded for loaded, _ in events]
    assert loaded == sorted(loaded)
    assert loaded[0] < 64 * MIB == loaded[-1]


async def test_events_arrive_one_by_one(tab, serve, start):
    """The backend sends an event only after the page has answered to the one before."""
    seen = asyncio.Queue()

    async def note(request):
        seen.put_nowait(await request.text())
        return web.Response(status=204)

    async def events(request):
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for number in range(5):
            await stream.write(f"data: {number}\n\n".encode())
            assert await asyncio.wait_for(seen.get(), 20) == str(number)
        await stream.write(b"event: end\ndata: all seen\n\n")
        return stream

    app = application("GET", "/events", events)
    app.router.add_post("/seen", note)
    page, proxy = await tab(), await start(await serve(app))
    end = await page.page.evaluate(
        """(proxy) => new Promise((resolve, reject) => {
          const events = new EventSource(`${proxy}/events`, { withCredentials: true });
          events.onmessage = ({ data }) => fetch(`${proxy}/seen`, { method: "POST", body: data });
          events.addEventListener("end", ({ data }) => { events.close(); resolve(data); });
          events.onerror = () => { events.close(); reject(new Error("the stream broke")); };
        })""",
        proxy.origin,
    )
    assert end == "all seen"


async def test_a_websocket_keeps_its_subprotocol_and_the_servers_close_code(tab, serve, start):
    """What the handshake agreed on, and why the server closed, reach the page as they are."""

    async def talk(request):
        socket = web.WebSocketResponse(protocols=["v2", "v3"])
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data.upper())
            else:
                await socket.send_bytes(message.data[::-1])
                await socket.close(code=4001, message=b"enough said")
        return socket

    page, proxy = await tab(), await start(await serve(application("GET", "/talk", talk)))
    said = await page.page.evaluate(
        """(url) => new Promise((resolve) => {
          const said = [];
          const socket = new WebSocket(url, ["v1", "v2"]);
          socket.binaryType = "arraybuffer";
          socket.onopen = () => { socket.send("hällo"); socket.send(new Uint8Array([1, 2, 3])); };
          socket.onmessage = ({ data }) => said.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
          socket.onclose = ({ code, reason, wasClean }) => resolve([socket.protocol, said, code, reason, wasClean]);
        })""",
        f"{proxy.origin}/talk".replace("http", "ws"),
    )
    assert said == ["v2", ["HÄLLO", [3, 2, 1]], 4001, "enough said", True]


async def test_a_websocket_keeps_the_pages_close_code(tab, serve, start):
    """Why the page closed reaches the server."""
    closed = asyncio.get_running_loop().create_future()

    async def listen(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        message = await socket.receive()
        closed.set_result((message.type, message.data, message.extra))
        return socket

    page, proxy = await tab(), await start(await serve(application("GET", "/", listen)))
    await page.page.evaluate(
        "url => { const socket = new WebSocket(url); socket.onopen = () => socket.close(4002, 'going home'); }",
        proxy.origin.replace("http", "ws"),
    )
    assert await asyncio.wait_for(closed, 20) == (WSMsgType.CLOSE, 4002, "going home")


@pytest.mark.parametrize("begun", [False, True], ids=["before the head", "in the body"])
async def test_a_fetch_that_is_aborted_ends_at_the_backend_too(tab, serve, start, begun):
    """The page's AbortController closes the backend's connection, so that it can stop working."""
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def slow(request):
        stream = web.StreamResponse()
        if begun:
            await stream.prepare(request)
            await stream.write(b"the first of many")
        arrived.set()
        while request.transport is not None:
            await asyncio.sleep(0.01)
        gone.set()
        return stream

    page, proxy = await tab(), await start(await serve(application("GET", "/slow", slow)))
    await page.page.evaluate(
        """url => {
          window.controller = new AbortController();
          window.asked = fetch(url, { signal: controller.signal })
            .then(answer => answer.text()).catch(error => error.name);
        }""",
        f"{proxy.origin}/slow",
    )
    await asyncio.wait_for(arrived.wait(), 20)
    assert await page.page.evaluate("controller.abort(), asked") == "AbortError"
    await asyncio.wait_for(gone.wait(), 5)


async def test_a_range_is_asked_for_and_its_place_can_be_read(tab, serve, start, tmp_path):
    """206 and Content-Range, as players and resuming downloads need them."""
    file = tmp_path / "film"
    file.write_bytes(bytes(range(256)) * 4)

    async def film(_request):
        return web.FileResponse(file)

    page, proxy = await tab(), await start(await serve(application("GET", "/film", film)))
    answer = await page.page.evaluate(
        """async (url) => {
          const answer = await fetch(url, { headers: { Range: "bytes=250-259" } });
          const bytes = [...new Uint8Array(await answer.arrayBuffer())];
          return [answer.status, answer.headers.get("Content-Range"), answer.headers.get("Accept-Ranges"), bytes];
        }""",
        f"{proxy.origin}/film",
    )
    assert answer == [206, "bytes 250-259/1024", "bytes", [*range(250, 256), *range(4)]]
    assert [exchange.request.method for exchange in proxy.recorder.ended_] == ["GET"]


async def test_a_large_multipart_upload_arrives_as_it_was_sent(tab, serve, start):
    """50 MiB that no compression makes smaller, hashed on both ends."""

    async def receive(request):
        parts = {}
        async for part in await request.multipart():
            digest, length = hashlib.sha256(), 0
            while chunk := await part.read_chunk(MIB):
                digest.update(chunk)
                length += len(chunk)
            parts[part.name] = [part.filename, length, digest.hexdigest()]
        return web.json_response(parts)

    page, proxy = await tab(), await start(await serve(application("POST", "/upload", receive)))
    sent, received = await page.page.evaluate(
        """async ([url, size]) => {
          const bytes = new Uint8Array(size);
          for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
          const form = new FormData();
          form.append("title", "ü");
          form.append("film", new File([bytes], "film ü.bin"));
          const answer = await fetch(url, { method: "POST", body: form });
          return [[...digest].map(part => part.toString(16).padStart(2, "0")).join(""), await answer.json()];
        }""",
        [f"{proxy.origin}/upload", 50 * MIB],
    )
    assert received == {
        "title": [None, 2, hashlib.sha256("ü".encode()).hexdigest()],
        "film": ["film ü.bin", 50 * MIB, sent],
    }
