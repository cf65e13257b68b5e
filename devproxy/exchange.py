"""One request and its answer, with who gave it and how long it took: what the log and other listeners see."""

from dataclasses import dataclass
from typing import Literal, Protocol

from devproxy.answers import OwnAnswer
from devproxy.cors.policy import Grant, Preflight
from devproxy.decide import Forward, Plan, Reply
from devproxy.guard import is_own_origin
from devproxy.message import RequestHead, ResponseHead

CorsWord = Literal["same origin", "allowed", "BLOCKED", "not CORS", "passthrough"]


@dataclass(slots=True)
class Exchange:
    """Filled as things happen. Times are seconds of a monotonic clock; `plan` is None until the request is decided.

    `response` is what the client gets; `error` is what broke on the way, before or after the head was sent.
    """

    request: RequestHead
    started: float
    plan: Plan | None = None
    response: ResponseHead | None = None
    error: Exception | None = None
    ended: float | None = None

    @property
    def seconds(self) -> float:
        """From the request's head to the answer's last byte; 0 while it runs."""
        return 0.0 if self.ended is None else self.ended - self.started

    @property
    def open_ended(self) -> bool:
        """Whether the answer is a stream that may stay open for hours: a WebSocket, or server-sent events."""
        response = self.response
        if response is None:
            return False
        return response.status == 101 or response.headers.get("content-type", "").startswith(
            "text/event-stream"
        )

    @property
    def cors(self) -> CorsWord:
        """What CORS means for this exchange, in one word of the log's vocabulary."""
        origin = self.request.origin
        if origin is None:
            own = self.request.headers.get("sec-fetch-site") == "same-origin"
            return "same origin" if own else "not CORS"
        if is_own_origin(origin, self.request.headers.get("host")):
            return "same origin"
        match self.plan:
            case Forward(grant=None):
                return "passthrough"
            case Forward(grant=Grant(allowed=allowed)):
                return "allowed" if allowed else "BLOCKED"
            case Reply(preflight=Preflight(refusal=refusal)):
                return "BLOCKED" if refusal else "allowed"
            case Reply(answer=OwnAnswer(code="cross_site")):
                return "BLOCKED"
        if self.response is None:
            return "not CORS"
        return "allowed" if "access-control-allow-origin" in self.response.headers else "BLOCKED"


class Listener(Protocol):
    """Whoever wants to see exchanges: told twice for each, never asked, never waited for."""

    def answered(self, exchange: Exchange) -> None:
        """The head of the answer is on its way to the client."""

    def ended(self, exchange: Exchange) -> None:
        """The exchange is over, well or not."""
