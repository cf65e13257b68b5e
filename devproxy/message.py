"""The heads of HTTP messages as plain values (RFC 9112, section 2.1), on either side of the proxy."""

from dataclasses import dataclass, field

from devproxy.headers import Headers


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request as the client sent it; never edited.

    `target` is the request target byte for byte. `client` is the peer's IP address, `secure` says that it came over TLS.
    `near` says that the peer is on the developer's own machine, as far as one can tell. `origin` is the Origin value or
    None; several lines are joined to a value that no policy knows.
    """

    method: str
    target: str
    headers: Headers
    version: tuple[int, int] = (1, 1)
    client: str = "127.0.0.1"
    secure: bool = False
    near: bool = True
    origin: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", self.headers.joined("origin"))

    @property
    def scheme(self) -> str:
        """The scheme of the listener that took this request."""
        return "https" if self.secure else "http"


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The status line and header fields of a response.

    `is_open_ended` says that it begins a stream that may stay open for hours: a WebSocket, or server-sent events.
    """

    status: int
    reason: str
    headers: Headers
    is_open_ended: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        streams = self.headers.get("content-type", "").startswith("text/event-stream")
        object.__setattr__(self, "is_open_ended", self.status == 101 or streams)

    @property
    def is_interim(self) -> bool:
        """Whether the answer proper is still to come (RFC 9110, section 15.2); after a 101 none will."""
        return self.status < 200 and self.status != 101
