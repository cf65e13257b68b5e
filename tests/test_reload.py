"""Saving a configuration, and what becomes of it while devproxy runs."""

import asyncio
import io
import os
import socket
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from devproxy.config.sources import Sources
from devproxy.console import Console
from devproxy.proxy.server import Proxy
from devproxy.reload import Reloader
from devproxy.serve import site
from tests.conftest import Recorder, Running
from tests.ports import unused_port

ROUTES = "routes: {/api: http://localhost:3001}\n"
SHOP = "hosts: [shop.localhost]\nroutes: {/: http://localhost:3002}\n"


class Reloading(Running):
    """A devproxy that looks at its files; `said` is all that the terminal has been told."""

    def __init__(self, folder, proxy, recorder, console, streams, sources):
        super().__init__(proxy, recorder)
        self.folder, self.streams, self.sources, self.console = folder, streams, sources, console
        self.file = folder / "proxy.yaml"
        self.advice = []
        self.reloader = Reloader(sources, sources.load(), proxy, console, self._advise)

    async def _advise(self, _config):
        return self.advice

    @property
    def said(self):
        return "".join(stream.getvalue() for stream in self.streams)

    async def told(self, words, count=1):
        """Waits until words have been said."""
        async with asyncio.timeout(10):
            while self.said.count(words) < count:
                await asyncio.sleep(0.01)

    async def wait(self, fact):
        async with asyncio.timeout(10):
            while not fact():
                await asyncio.sleep(0.01)

    @property
    def prefixes(self):
        return [route.name for route in self.proxy.site.routes]


@pytest.fixture
async def reloading(tmp_path, monkeypatch):
    """Starts a devproxy for the text of a proxy.yaml, that looks at it often."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("devproxy.reload.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("devproxy.reload._REST_SECONDS", 0.02)
    started = []

    async def run(text=ROUTES, *, env_files=()):
        (tmp_path / "proxy.yaml").write_text(text)
        (tmp_path / "conf.d").mkdir()
        sources = Sources("proxy.yaml", env_files)
        config = sources.load()
        recorder, streams = Recorder(), (io.StringIO(), io.StringIO())
        console = Console(*streams)
        proxy = Proxy(site(config), [recorder])
        await proxy.start(config.listen.host, config.listen.port if "port" in text else 0)
        running = Reloading(tmp_path, proxy, recorder, console, streams, sources)
        started.append((running, asyncio.get_running_loop().create_task(running.reloader.run())))
        return running

    yield run
    for running, task in started:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await running.stop()


async def test_a_save_takes_effect_and_is_told(reloading):
    """One line for each route that has changed."""
    here = await reloading()
    here.file.write_text(
        "cors: {allow_origins: [http://localhost:4200]}\nroutes: {/api: http://localhost:3001, /b: http://b}\n"
    )
    await here.told("/b: added → http://b")
    assert "/api: allow_origins + http://localhost:4200 - any page on this machine\n" in here.said
    assert here.prefixes == ["/api", "/b"]
    status, head, _ = await here.ask(
        "OPTIONS /x HTTP/1.1\nOrigin: http://localhost:4200\nAccess-Control-Request-Method: PUT"
    )
    assert (status, head["access-control-allow-origin"]) == (204, "http://localhost:4200")


async def test_a_mistake_keeps_what_is_served(reloading):
    """It is told with its line, health says so, and so does the next good save."""
    here = await reloading()
    via = here.proxy.site.via
    here.file.write_text("bad: 1\ncors: {allow_origins: [http://a.test:3000]}\n" + ROUTES)
    await here.told("still running with the configuration from ")
    assert "error: unknown key 'bad'\n --> proxy.yaml:1:1\n1 | bad: 1\n" in here.said
    assert "  1 error, 1 warning in proxy.yaml — still running with the configuration from " in here.said
    assert here.prefixes == ["/api"]
    assert (await here.ask("GET /__devproxy__/health HTTP/1.1"))[::2] == (503, b'{"status":"stale"}')
    here.file.write_text(ROUTES.replace("/api", "/v2"))
    await here.told("proxy.yaml is good again")
    await here.told("/v2: added")
    assert (await here.ask("GET /__devproxy__/health HTTP/1.1"))[0] == 200
    assert here.proxy.site.via == via


async def test_a_file_that_is_gone_keeps_what_is_served(reloading):
    """Until it is there again."""
    here = await reloading()
    here.file.unlink()
    await here.told("cannot read proxy.yaml")
    assert here.prefixes == ["/api"]
    here.file.write_text(ROUTES.replace("/api", "/v2"))
    await here.wait(lambda: here.prefixes == ["/v2"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
async def test_every_way_of_saving(reloading):
    """By renaming a new file, and by another link."""
    here = await reloading()
    new = here.folder / "new"
    new.write_text(ROUTES.replace("/api", "/renamed"))
    new.replace(here.file)
    await here.wait(lambda: here.prefixes == ["/renamed"])
    for name in ("one", "two"):
        (here.folder / name).mkdir()
        (here.folder / name / "proxy.yaml").write_text(ROUTES.replace("/api", f"/{name}"))
    (here.folder / "..data").symlink_to("one")
    (here.folder / "link").symlink_to("..data/proxy.yaml")
    (here.folder / "link").replace(here.file)
    await here.wait(lambda: here.prefixes == ["/one"])
    (here.folder / "new").symlink_to("two")
    (here.folder / "new").replace(here.folder / "..data")
    await here.wait(lambda: here.prefixes == ["/two"])


async def test_projects_appear_change_and_vanish(reloading):
    """A mistake in one leaves it as it was; one that is new with a mistake is left out."""
    here = await reloading("include: [conf.d/*.yaml]\n" + ROUTES)
    shop, blog = here.folder / "conf.d" / "shop.yaml", here.folder / "conf.d" / "blog.yaml"
    shop.write_text(SHOP)
    await here.told("shop.localhost/: added → http://localhost:3002")
    assert (await here.ask("GET /x HTTP/1.1\nHost: shop.localhost"))[0] == 502
    shop.write_text(SHOP.replace("3002", "${NONE}"))
    blog.write_text("routes: {/blog: http://b}\nbad: 1\n")
    name = os.path.join("conf.d", "shop.yaml")  # noqa: PTH118
    await here.told(f"1 error in {name} — its project goes on as it was; the rest is served")
    await here.told("blog.yaml — left out; the rest is served")
    assert here.prefixes == ["/api", "shop.localhost/"]
    assert (await here.ask("GET /__devproxy__/health HTTP/1.1"))[0] == 200
    shop.write_text(SHOP.replace("3002", "3003"))
    await here.told(f"{name} is good again")
    await here.told("shop.localhost/: target http://localhost:3002 → http://localhost:3003")
    blog.unlink()
    shop.unlink()
    await here.told("shop.localhost/: removed")
    assert here.said.count("is good again") == 1
    assert here.said.count("unknown key 'bad'") == 1
    shop.write_text(SHOP)
    await here.told("shop.localhost/: added", 2)


async def test_variables_are_looked_at(reloading, monkeypatch):
    """A file of them is a part of the configuration."""
    monkeypatch.delenv("PORT", raising=False)
    with open(".env", "w") as file:  # noqa: PTH123, ASYNC230
        file.write("PORT=1\n")
    here = await reloading("routes: {/: 'http://localhost:${PORT}'}\n", env_files=(".env",))
    (here.folder / ".env").write_text("PORT=2\n")
    await here.told("/: target http://localhost:1 → http://localhost:2")


async def test_what_changes_nothing_is_told_where_it_was_asked_for(reloading):
    """Places of lines are new all the same: messages name them."""
    here = await reloading()
    here.file.write_text("# a comment\n" + ROUTES)
    await here.wait(lambda: here.proxy.site.routes[0].place.line == 2)
    assert here.said == ""
    here.reloader.now()
    await here.told("proxy.yaml: nothing has changed")


async def test_asked_for_it_is_read_at_once(reloading, monkeypatch):
    """No look, no rest."""
    monkeypatch.setattr("devproxy.reload._REST_SECONDS", 100)
    here = await reloading()
    monkeypatch.setattr("devproxy.reload.LOOK_SECONDS", 100)
    await asyncio.sleep(0.05)
    here.file.write_text(ROUTES.replace("/api", "/v2"))
    here.reloader.now()
    await here.told("/v2: added")


async def test_a_file_that_is_being_written_is_not_read():
    """Only what looks twice alike is taken: each look finds a piece more, until it is whole."""
    loads, looks = [], iter([*range(6), *[5] * 10])
    config = SimpleNamespace(source=SimpleNamespace(model=SimpleNamespace(include=())))

    def load(before):
        loads.append(before)
        raise LookupError

    sources = SimpleNamespace(file="proxy.yaml", look=lambda _include: next(looks), load=load)
    reloader = Reloader(sources, config, None, None, None)
    for _ in range(2):
        await reloader._look()
        assert loads == []
    with pytest.raises(LookupError):
        await reloader._look()
    assert loads == [config]


async def test_a_mistake_of_devproxys_own_does_not_end_the_looking(reloading, monkeypatch, caplog):
    """It is told, and the next save is taken."""
    here = await reloading()
    divisors = iter([0, 1])
    monkeypatch.setattr("devproxy.reload.changes", lambda *_: [f"{1 / next(divisors)}"])
    here.file.write_text(ROUTES.replace("/api", "/v2"))
    await here.wait(lambda: "ZeroDivisionError" in caplog.text)
    here.file.write_text(ROUTES.replace("/api", "/v3"))
    await here.told("1.0")
    assert here.prefixes == ["/v3"]


async def test_advice_is_given_once(reloading):
    """What there is to say about a configuration is said when it is news."""
    here = await reloading()
    here.advice = ["mind the gap"]
    for path in ("/a", "/b"):
        here.file.write_text(ROUTES.replace("/api", path))
        await here.told(f"{path}: added")
    await here.told("mind the gap")
    assert here.said.count("mind the gap") == 1


async def test_warnings_are_told_when_they_are_news(reloading):
    """And again where one asks."""
    here = await reloading()
    warned = ROUTES + "cors: {allow_origins: [http://shop.test:3000]}\n"
    here.file.write_text(warned)
    await here.told("warning: ")
    count = here.said.count("warning: ")
    here.file.write_text(warned.replace("/api", "/v2"))
    await here.told("/v2: added")
    assert here.said.count("warning: ") == count
    here.reloader.now()
    await here.told("warning: ", count + 1)


async def test_a_long_list_of_changes_is_cut(reloading):
    """Nobody reads a hundred lines."""
    here = await reloading()
    here.file.write_text("routes:\n" + "".join(f"  /r{number}: http://a\n" for number in range(100)))
    await here.told("and 61 more")


async def test_the_log_obeys_at_once(reloading):
    """Format and level are keys like others."""
    here = await reloading()
    here.file.write_text("log: {format: json}\n" + ROUTES)
    await here.told('"message": "log: format text \\u2192 json"')


async def test_another_port(reloading):
    """The new one listens before the old one closes; one that is taken changes nothing, and is told with a way out."""
    first, second, taken = unused_port(), unused_port(), unused_port()
    here = await reloading(f"listen: {{port: {first}}}\n{ROUTES}")
    here.file.write_text(f"listen: {{port: {second}}}\n{ROUTES}")
    await here.told(f"listen: http://localhost:{first} → http://localhost:{second}")
    assert here.proxy.port == second
    assert (await here.ask("GET /x HTTP/1.1"))[0] == 404
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", first)
    with socket.create_server(("127.0.0.1", taken)):
        here.file.write_text(f"listen: {{port: {taken}}}\n{ROUTES.replace('/api', '/v2')}")
        await here.told(f"port {taken} is in use")
        assert "still running with the configuration from" in here.said
        assert "  = help: stop the program that has it, or choose another" in here.said
        assert "; then save again\n" in here.said
        assert here.prefixes == ["/api"]
        assert (await here.ask("GET /x HTTP/1.1"))[0] == 404
    here.reloader.now()
    await here.told("/v2: added")
    assert here.proxy.port == taken


async def test_https_from_now_on(reloading, certificate):
    """On the same port; without a certificate that is of use all stays as it is."""
    cert, key = certificate("localhost")
    port = unused_port()
    here = await reloading(f"listen: {{port: {port}}}\n{ROUTES}")
    (here.folder / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n")
    text = "listen: {port: %d, tls: {cert_file: %s, key_file: %s}}\n" + ROUTES
    here.file.write_text(text % (port, "bad.pem", "bad.pem"))
    await here.told("bad.pem and bad.pem cannot be used")
    assert (await here.ask("GET /x HTTP/1.1"))[0] == 404
    here.file.write_text(text % (port, cert, key))
    await here.told(f"listen: http://localhost:{port} → https://localhost:{port}")
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=_trusting())
    writer.close()
    here.file.write_text(f"listen: {{port: {port}}}\n{ROUTES}")
    await here.told(f"listen: https://localhost:{port} → http://localhost:{port}")
    assert (await here.ask("GET /x HTTP/1.1"))[0] == 404


def _trusting():
    import ssl  # noqa: PLC0415

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
