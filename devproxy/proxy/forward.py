"""One exchange carried from the client to its target and back, bytes as they come. Decides nothing; knows no CORS."""

from collections.abc import Callable

from devproxy.decide import Forward
from devproxy.framing import Kind
from devproxy.message import ResponseHead
from devproxy.proxy.client import Client
from devproxy.proxy.upstream import Upstream


async def forward(
    client: Client, plan: Forward, upstream: Upstream, finish: Callable[[ResponseHead], ResponseHead]
) -> None:
    """Ask the target and pass its answer on, the head as `finish` makes it.

    Raises TargetError or ClientError, before or after the head has been sent; the target's connection is given back
    or cut in every case, cancellation included.
    """
    body = None if plan.request.body.kind is Kind.NONE else client.body()
    answer = await upstream.send(plan.request, body, timeout=plan.route.timeout)
    try:
        first = answer.take()
        whole = answer.finished
        await client.start(finish(answer.head), answer.framing, first, end=whole)
        if not whole:
            while chunk := await answer.read():
                await client.send(chunk)
            await client.end()
    finally:
        answer.abort()
