"""One exchange carried from the client to its target and back, bytes as they come. Decides nothing; knows no CORS."""

from collections.abc import AsyncIterator, Callable

from devproxy.decide import Forward, finish
from devproxy.message import ResponseHead
from devproxy.proxy.client import Client
from devproxy.proxy.tunnel import tunnel
from devproxy.proxy.upstream import Asked, Upstream


async def forward(
    client: Client,
    plan: Forward,
    upstream: Upstream,
    finished: Callable[[ResponseHead], ResponseHead],
    held: Callable[[], None] = lambda: None,
    asked: Asked | None = None,
) -> None:
    """Ask the target, unless that is done, and pass its answer on, the head as `finished` makes it, and interim ones before it.

    `held` is called where the request waits for a target that is being restarted.

    Raises TargetError or ClientError, before or after the head has been sent; the target's connection is given back
    or cut in every case, cancellation included.
    """
    answer = await upstream.send(
        plan.request,
        _body(client, plan),
        timeout=plan.route.timeout,
        interim=lambda head: client.inform(finish(plan, head)),
        patience=plan.route.wait_for_restart,
        held=held,
        asked=asked,
    )
    try:
        if answer.head.status == 101:
            await client.start(finished(answer.head), answer.framing)
            await tunnel(client, answer)
            return
        first = answer.take()
        whole = answer.finished
        await client.start(finished(answer.head), answer.framing, first, end=whole)
        if not whole:
            while chunk := await answer.read(client.pass_by):
                await client.send(chunk)
            await client.end()
    finally:
        answer.abort()


def _body(client: Client, plan: Forward) -> AsyncIterator[bytes] | None:
    return None if plan.request.body.is_empty else client.body(expects_continue=plan.request.expects_continue)
