"""Streams, exchanges, and what the console makes of them."""

import io

from devproxy.answers import from_error
from devproxy.banner import Banner
from devproxy.config.build import from_targets
from devproxy.console import Console
from devproxy.decide import decide, fail, finish
from devproxy.errors import TargetError
from devproxy.exchange import Exchange
from devproxy.headers import Headers
from devproxy.message import RequestHead, ResponseHead
from devproxy.serve import site

LOCAL = ("Origin", "http://localhost:5173")
FOREIGN = ("Origin", "https://evil.test")
LONG = "/api/a/rather/long/path/that/goes/on/and/on/and/on"


class Terminal(io.StringIO):
    def __init__(self, *, tty=False, encoding="utf-8"):
        super().__init__()
        self.tty = tty
        self.coding = encoding

    @property
    def encoding(self):
        return self.coding

    def isatty(self):
        return self.tty


def exchange_of(*fields, config=None, method="GET", target="/api/users", answer=(200, ()), error=None):
    """An exchange as the handler fills it, over in 12 ms."""
    head = RequestHead(method, target, Headers([("Host", "localhost:8484"), *fields]))
    exchange = Exchange(head, started=1.0, number=7)
    exchange.plan = plan = decide(site(config or from_targets(["3001"])), head)
    if isinstance(error, TargetError):
        exchange.response = fail(plan, from_error(error, plan.route.prefix)).head
    elif hasattr(plan, "request"):
        exchange.sent = ResponseHead(answer[0], "", Headers(answer[1]))
        exchange.response = finish(plan, exchange.sent)
    else:
        exchange.response = plan.head
    exchange.error = error
    exchange.ended = 1.012
    return exchange


def log(exchange, *, verbose=False, **options):
    out = Terminal(**options)
    console = Console(out, Terminal(), verbose=verbose)
    console.answered(exchange)
    console.ended(exchange)
    return out.getvalue()


def log_as(settings, *exchanges):
    out = Terminal()
    console = Console(out, Terminal())
    console.log = settings
    for exchange in exchanges:
        console.ended(exchange)
    return out.getvalue().splitlines()


def banner(config, listening=None, *, tty=True, quiet=False, **options):
    err = Terminal(tty=tty)
    console = Console(Terminal(), err, quiet=quiet)
    console.banner(Banner("1.2.3", 0.24, "http://localhost:8484", config, listening or {}, **options))
    return err.getvalue()
