"""One request and its answer, with who gave it and how long it took: what the log and other listeners see."""

from dataclasses import dataclass, field
from typing import Protocol

from devproxy.cors.origin import without_userinfo
from devproxy.decide import Plan
from devproxy.diagnose import Diagnosis, diagnose
from devproxy.message import RequestHead, ResponseHead
from devproxy.recent import Recent
from devproxy.rewrite.response import changes


@dataclass(slots=True)
class Exchange:
    """Filled as things happen. Times are seconds of a monotonic clock; `plan` is None until the request is decided.

    `number` counts the requests of a run. `sent` is the target's own answer, `response` what the client gets; `error` is
    what broke on the way, before or after the head was sent.
    """

    request: RequestHead
    started: float
    plan: Plan | None = None
    response: ResponseHead | None = None
    error: Exception | None = None
    ended: float | None = None
    number: int = 0
    sent: ResponseHead | None = None
    _diagnosis: Diagnosis | None = field(default=None, init=False, repr=False, compare=False)
    _judged: ResponseHead | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """What people and programs call this request by, as in `r42`."""
        return f"r{self.number}"

    @property
    def page(self) -> str | None:
        """The Origin of the page that asked, as it may be told."""
        origin = self.request.origin
        return None if origin is None else without_userinfo(origin)

    @property
    def changes(self) -> list[str]:
        """What was done to cookies and redirects on their way to the client."""
        return list(changes(self.sent, self.response)) if self.sent and self.response else []

    @property
    def seconds(self) -> float:
        """From the request's head to the answer's last byte; 0 while it runs."""
        return 0.0 if self.ended is None else self.ended - self.started

    @property
    def open_ended(self) -> bool:
        """Whether the answer is a stream that may stay open for hours: a WebSocket, or server-sent events."""
        return self.response is not None and self.response.is_open_ended

    @property
    def diagnosis(self) -> Diagnosis:
        """What the browser makes of it, as far as is known; worked out for who asks, and once the answer is there once."""
        if self._diagnosis is None or self._judged is not self.response:
            self._judged = self.response
            self._diagnosis = _diagnosed(self.request, self.plan, self.sent, self.response)
        return self._diagnosis


_diagnosed = Recent(diagnose)


class Listener(Protocol):
    """Whoever wants to see exchanges: told twice for each, never asked, never waited for."""

    def held(self, exchange: Exchange) -> None:
        """The request waits for a target that is being restarted; not every exchange comes to this."""

    def answered(self, exchange: Exchange) -> None:
        """The head of the answer is on its way to the client."""

    def ended(self, exchange: Exchange) -> None:
        """The exchange is over, well or not."""
