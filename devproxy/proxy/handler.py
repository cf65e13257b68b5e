"""One request's way: open an exchange, decide, carry, finish, stream, end the exchange."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any, cast

from aiohttp import web

from devproxy.answers import OwnAnswer, from_error
from devproxy.decide import Forward, Reply, Site, decide, fail, finish
from devproxy.errors import ClientError, TargetError
from devproxy.exchange import Exchange, Listener
from devproxy.framing import Framing, Kind
from devproxy.message import RequestHead, ResponseHead
from devproxy.proxy.client import Client
from devproxy.proxy.client_connection import ClientConnection, Sent
from devproxy.proxy.forward import forward
from devproxy.proxy.upstream import Upstream
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
        self._streams: set[asyncio.Task[object]] = set()
        self._draining = False

    @property
    def in_flight(self) -> int:
        """How many answers with an end of their own are on their way."""
        return len(self._running.keys() - self._streams)

    def unanswered(self, seconds: float) -> list[Exchange]:
        """The requests that their targets have not begun to answer for so long."""
        since = monotonic() - seconds
        return [
            exchange
            for exchange in self._running.values()
            if exchange.response is None and exchange.started <= since and isinstance(exchange.plan, Forward)
        ]

    async def drain(self, grace: float) -> None:
        """End the answers that have no end of their own, wait `grace` seconds for the others, then cut those too."""
        self._draining = True
        for task in tuple(self._streams):
            task.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()

    async def __call__(self, request: web.BaseRequest) -> Sent:
        """Answer a request that aiohttp has read, and say whether its connection may carry another."""
        client = Client.of(request)
        await self._answer(client)
        return client.finished()

    def direct(
        self, connection: ClientConnection, head: RequestHead, *, keep_alive: bool
    ) -> Coroutine[Any, Any, bool]:
        """Answer a request that has come whole, and say whether its connection may carry another."""
        return self._answer(Client(connection, head, keep_alive=keep_alive))

    async def _answer(self, client: Client) -> bool:
        """Carry one request, whatever happens to it, and say whether its connection may carry another."""
        exchange = Exchange(client.head, monotonic(), number=next(self._numbers))
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._running[task] = exchange
        try:
            exchange.plan = self._decide(self._site(), client.head)
            if isinstance(exchange.plan, Reply):
                await self._reply(client, exchange, exchange.plan)
            else:
                await self._carry(client, exchange, exchange.plan)
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
            exchange.ended = monotonic()
            del self._running[task]
            self._streams.discard(task)
            for listener in self._listeners:
                self._end(listener, exchange)
        return client.may_ask_again

    @staticmethod
    def _end(listener: Listener, exchange: Exchange) -> None:
        try:
            listener.ended(exchange)
        except Exception:  # noqa: BLE001  # the answer has been given, whatever becomes of its listeners
            _log.exception("a listener failed")

    async def _carry(self, client: Client, exchange: Exchange, plan: Forward) -> None:
        def finished(head: ResponseHead) -> ResponseHead:
            exchange.sent = head
            return self._answered(exchange, finish(plan, head))

        def held() -> None:
            for listener in self._listeners:
                listener.held(exchange)

        try:
            await forward(client, plan, self._upstream, finished, held)
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
