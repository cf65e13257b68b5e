"""The dev server of the page, by what an object of its configuration says."""

from devproxy.importing.found import PORTS, Frontend
from devproxy.importing.javascript import Object


def page(tool: str, server: Object, file: str) -> Frontend:
    """Where the page is served: on the port that is written out, else on the tool's own."""
    port, https = server.get("port"), bool(server.get("https") or server.get("ssl"))
    if isinstance(port, float) and 0 < port < 65536:
        return Frontend(tool, int(port), f"{file}:{server.members['port'].line}", https)
    return Frontend(tool, https=https)


def doubts(tool: str, server: Object, file: str) -> tuple[str, ...]:
    """What is to be said of a port that is not written out."""
    port = server.members.get("port")
    if port is None or isinstance(port.value, float):
        return ()
    guess = f"{PORTS[tool]} is {tool}'s own, correct it in the route /"
    return (f"the port ({file}:{port.line}) is not written out: {guess}.",)
