"""One request and its answer, with who gave it and how long it took: what the log and other listeners see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from devproxy.answers import OwnAnswer
from devproxy.cors.policy import Grant, Preflight
from devproxy.decide import Forward, Plan, Reply
from devproxy.framing import NO_BODY
from devproxy.guard import is_own_origin, wanted_upgrade
from devproxy.message import RequestHead, ResponseHead

CorsWord = Literal["same origin", "allowed", "BLOCKED", "not CORS", "passthrough"]

CorsCode = Literal[
    "actual.acao-missing",
    "actual.acao-mismatch",
    "preflight.acao-missing",
    "preflight.acao-mismatch",
    "preflight.method",
    "preflight.header",
    "ws.handshake",
]
_PREFLIGHT_CODES: Mapping[str, CorsCode] = {"method": "preflight.method", "header": "preflight.header"}


@dataclass(slots=True)
class Exchange:
    """Filled as things happen. Times are seconds of a monotonic clock; `plan` is None until the request is decided.

    `number` counts the requests of a run. `response` is what the client gets; `error` is what broke on the way, before or
    after the head was sent.
    """

    request: RequestHead
    started: float
    plan: Plan | None = None
    response: ResponseHead | None = None
    error: Exception | None = None
    ended: float | None = None
    number: int = 0

    @property
    def id(self) -> str:
        """What people and programs call this request by, as in `r42`."""
        return f"r{self.number}"

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

    @property
    def cors_code(self) -> CorsCode | None:
        """Which check of the browser's fails (Fetch, CORS check and CORS-preflight fetch); None where none does."""
        if self.cors != "BLOCKED":
            return None
        plan = self.plan
        if isinstance(plan, Reply) and plan.preflight and plan.preflight.refusal:
            return _PREFLIGHT_CODES.get(plan.preflight.refusal.code, self._origin_code("preflight"))
        if isinstance(plan, Reply) and wanted_upgrade(self.request, NO_BODY):
            return "ws.handshake"
        return self._origin_code("actual")

    def _origin_code(self, stage: Literal["actual", "preflight"]) -> CorsCode:
        other = self.response and "access-control-allow-origin" in self.response.headers
        if stage == "actual":
            return "actual.acao-mismatch" if other else "actual.acao-missing"
        return "preflight.acao-mismatch" if other else "preflight.acao-missing"


class Listener(Protocol):
    """Whoever wants to see exchanges: told twice for each, never asked, never waited for."""

    def answered(self, exchange: Exchange) -> None:
        """The head of the answer is on its way to the client."""

    def ended(self, exchange: Exchange) -> None:
        """The exchange is over, well or not."""
