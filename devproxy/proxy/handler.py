"""One request's way: open an exchange, decide, carry, finish, stream, end the exchange.

Nearly every request comes whole, finds a connection to its target kept, and gets an answer that comes whole, too: that is
done by callbacks. All others are carried in a task each, from where callbacks have got to.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any, cast

from aiohttp import web

from devproxy.answers import OwnAnswer, from_error
from devproxy.decide import Forward, Plan, Reply, Site, Tunnel, decide, fail, finish
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange, Listener
from devproxy.framing import Framing, Kind
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.aiohttp_handler import Sent
from devproxy.proxy.client import Client
from devproxy.proxy.client_connection import ClientConnection
from devproxy.proxy.forward import forward
from devproxy.proxy.outbox import Outbox
from devproxy.proxy.reader import ResponseReader
from devproxy.proxy.upstream import Asked, Upstream
from devproxy.recent import Recent

_log = logging.getLogger("devproxy")
_HALF_A_BODY = OwnAnswer("bad_request", "The request body has no proper end.")
_BROKEN = OwnAnswer("internal", "devproxy made a mistake; its terminal says more. Please report it.")


class Handler:
    """Answers every request of a listener by the Site that is current when the request begins."""

    def __init__(self, site: Callable[[], Site], upstream: Upstream, listeners: Sequence[Listener]) -> None:
        self._site = site
        self._decide = Recent(decide)
        self._upstream = upstream
        self._listeners = listeners
        self._numbers = count(1)
        self._running: dict[asyncio.Task[object], Exchange] = {}
        self._pending: set[Pending] = set()
        self._outbox = Outbox()
        self._streams: set[asyncio.Task[object]] = set()
        self._draining = False

    @property
    def in_flight(self) -> int:
        """How many answers with an end of their own are on their way."""
        return len(self._running.keys() - self._streams) + len(self._pending)

    def unanswered(self, seconds: float) -> list[Exchange]:
        """The requests that their targets have not begun to answer for so long."""
        since = monotonic() - seconds
        return [
            exchange
            for exchange in (*self._running.values(), *(pending.exchange for pending in self._pending))
            if exchange.response is None and exchange.started <= since and isinstance(exchange.plan, Forward)
        ]

    async def drain(self, grace: float) -> None:
        """End the answers that have no end of their own, wait `grace` seconds for the others, then cut those too."""
        self._draining = True
        for pending in tuple(self._pending):
            pending.hand_over()
        await asyncio.sleep(0)  # now all are running
        for task in tuple(self._streams):
            task.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()

    async def __call__(self, request: web.BaseRequest) -> Sent:
        """Answer a request that aiohttp has read, and say whether its connection may carry another."""
        client = Client.of(request)
        await self._answer(client, self._opened(client.head))
        return client.finished()

    def direct(
        self, connection: ClientConnection, head: RequestHead, *, keep_alive: bool
    ) -> "Pending | None":
        """Answer a request that has come whole: by callbacks where its target can be asked at once, else in a task."""
        client, exchange = Client(connection, head, keep_alive=keep_alive), self._opened(head)
        if not (self._draining or connection.writing_paused):
            with suppress(Exception):  # it happens again in the coroutine, which knows what to do about it
                plan = exchange.plan = self._decide(self._site(), head)
                asked = self._ask(plan, pending := Pending(self, connection, client, exchange))
                if asked is not None:
                    pending.asked = asked
                    self._pending.add(pending)
                    return pending
        connection.answer_by(self._answer(client, exchange))
        return None

    def _ask(self, plan: Plan, pending: "Pending") -> Asked | None:
        """Ask the target at once, if a connection to it is kept."""
        if not isinstance(plan, Forward) or isinstance(plan, Tunnel):
            return None
        return self._upstream.ask(
            plan.request, pending.heard, timeout=plan.route.timeout, outbox=self._outbox_for(1)
        )

    def _outbox_for(self, others: int) -> Outbox | None:
        """None where so few are at work that nobody has to wait for the end of a turn."""
        return self._outbox if len(self._pending) >= others else None

    def pass_on(self, client: Client, exchange: Exchange, reader: ResponseReader) -> None:
        """Give the client the answer that has been read, which is whole."""
        plan, exchange.sent = cast("Forward", exchange.plan), cast("ResponseHead", reader.head)
        head = self._answered(exchange, finish(plan, exchange.sent))
        try:
            client.answer(head, reader.framing, b"".join(reader.chunks), self._outbox_for(2))
        except ClientError as error:
            exchange.error = error
            client.abort()
        self._ended(exchange)

    def go_on(self, pending: "Pending") -> Coroutine[Any, Any, bool]:
        """What is left to be done for a request whose target has been asked."""
        return self._answer(pending.client, pending.exchange, pending.asked)

    def forget(self, pending: "Pending") -> None:
        """Something else takes care of it now."""
        self._pending.discard(pending)

    def _opened(self, head: RequestHead) -> Exchange:
        return Exchange(head, monotonic(), number=next(self._numbers))

    async def _answer(self, client: Client, exchange: Exchange, asked: Asked | None = None) -> bool:
        """Carry one request, whatever happens to it, and say whether its connection may carry another."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._running[task] = exchange
        try:
            if asked is None:
                exchange.plan = self._decide(self._site(), client.head)
            if isinstance(exchange.plan, Forward):
                await self._carry(client, exchange, exchange.plan, asked)
            elif exchange.plan:
                await self._reply(client, exchange, exchange.plan)
        except ClientError as error:
            exchange.error = error
            await self._give_up(client, exchange, _HALF_A_BODY)
        except asyncio.CancelledError:
            if client.is_connected and exchange.open_ended:  # devproxy stops
                client.leave()
            else:
                exchange.error = ClientError(
                    "devproxy has stopped" if client.is_connected else "the client has gone"
                )
                client.abort()
            raise
        except Exception as error:  # noqa: BLE001  # the last line of defence: told, answered, and the next request is served
            _log.exception("devproxy made a mistake")
            exchange.error = error
            await self._give_up(client, exchange, _BROKEN)
        finally:
            del self._running[task]
            self._streams.discard(task)
            self._ended(exchange)
        return client.may_ask_again

    def _ended(self, exchange: Exchange) -> None:
        exchange.ended = monotonic()
        for listener in self._listeners:
            try:
                listener.ended(exchange)
            except Exception:  # noqa: BLE001  # the answer has been given, whatever becomes of its listeners
                _log.exception("a listener failed")

    async def _carry(self, client: Client, exchange: Exchange, plan: Forward, asked: Asked | None) -> None:
        def finished(head: ResponseHead) -> ResponseHead:
            exchange.sent = head
            return self._answered(exchange, finish(plan, head))

        def held() -> None:
            for listener in self._listeners:
                listener.held(exchange)

        try:
            await forward(client, plan, self._upstream, finished, held, asked)
        except TargetError as error:
            exchange.error = error
            if client.answered:
                client.abort()
            else:
                await self._reply(client, exchange, fail(plan, from_error(error, plan.route.prefix)))

    async def _reply(self, client: Client, exchange: Exchange, reply: Reply) -> None:
        head = self._answered(exchange, reply.head)
        length = Framing(Kind.LENGTH, len(reply.body))
        await client.start(head, length, reply.body, end=True, final=reply.final)

    async def _give_up(self, client: Client, exchange: Exchange, answer: OwnAnswer) -> None:
        if not client.answered and isinstance(exchange.plan, Forward):
            with suppress(ClientError):
                await self._reply(client, exchange, fail(exchange.plan, answer))
                return
        client.abort()

    def _answered(self, exchange: Exchange, head: ResponseHead) -> ResponseHead:
        exchange.response = head
        if exchange.open_ended and (task := asyncio.current_task()):
            self._streams.add(task)
            if self._draining:
                task.cancel()
        for listener in self._listeners:
            listener.answered(exchange)
        return head


class Pending:
    """A request whose target has been asked, without a task that waits for the answer, which would cost as much as the rest.

    An answer that comes whole is passed on at once; whatever else happens is dealt with in a task, as ever.
    """

    __slots__ = ("_connection", "_handler", "asked", "client", "exchange")

    asked: Asked

    def __init__(
        self, handler: Handler, connection: ClientConnection, client: Client, exchange: Exchange
    ) -> None:
        self._handler = handler
        self._connection = connection
        self.client = client
        self.exchange = exchange

    def heard(self) -> None:
        """Something has happened to the answer."""
        reader = self.asked.reader
        if reader.finished and not reader.interim:
            with suppress(Exception):  # as in Handler.direct
                self._handler.pass_on(self.client, self.exchange, reader)
                self._handler.forget(self)
                self._connection.answered(goes_on=self.client.may_ask_again)
                return
        self.hand_over()

    def hand_over(self) -> None:
        """Leave what is left to a task."""
        self._handler.forget(self)
        self.asked.connection.heard = None
        self._connection.answer_by(self._handler.go_on(self))
