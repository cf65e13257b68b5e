"""What a container changes about who reaches whom, in words: localhost is no longer what people mean by it.

Whether we are in one, and what failed, is told by those who know.
"""

from dataclasses import replace

from devproxy.target import Target, is_loopback, is_this_machine

_HOST = "host.docker.internal"


def unreachable_hint(code: str, target: Target, *, in_container: bool) -> str:
    """What to do about a target that was not reached; nothing where its `code` (dns, refused, timeout) says it all."""
    if target.host == _HOST:
        return _HOST_HINTS[code]
    if not in_container or target.label:
        return ""
    if code == "refused" and is_this_machine(target.host):
        return loopback_target_hint(target)
    if code == "dns" and "." not in target.host:
        return f"Is {target.host} a service of the same compose file, or on a network of this container? Is it running?"
    return ""


def loopback_target_hint(target: Target) -> str:
    """Where a target on the container's own loopback is probably meant to be."""
    own, other = (replace(target, host=host).origin for host in (_HOST, "api"))
    return (
        f"{target.host} is this container: for a backend on your own machine write {own}, "
        f"for one in another container its service's name, as in {other}"
    )


def listener_hint(host: str, port: int) -> str:
    """Who gets to a container's listener on `host`."""
    if is_loopback(host):
        return (
            "devproxy listens on this container's own loopback, which published ports do not reach: "
            "set DEVPROXY_HOST=0.0.0.0, or --host 0.0.0.0"
        )
    return (
        f'published as "127.0.0.1:{port}:{port}" devproxy is for this machine only; '
        f'as "{port}:{port}" other machines reach it, and every backend behind it'
    )


_HOST_HINTS = {
    "dns": "On Linux a container has to be given that name: "
    f'extra_hosts: ["{_HOST}:host-gateway"] in the compose file, or docker run --add-host {_HOST}:host-gateway',
    "refused": "Is the backend running? On Linux it also has to listen on 0.0.0.0, or on the address of Docker's bridge: "
    "127.0.0.1 alone is out of reach for containers.",
    "timeout": "Is it at work, or does a firewall of your machine keep containers out?",
}
