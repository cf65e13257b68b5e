"""What a backend must allow, as a value."""

from collections.abc import Iterator
from dataclasses import dataclass

from devproxy.cors.names import ANY, SAFELISTED_METHODS
from devproxy.cors.origin import Origin
from devproxy.headers import Field, is_token

_ANYBODY = (ANY,)
_NULL = "null"


@dataclass(frozen=True, slots=True)
class Allow:
    """The smallest policy that lets pages read: what Fetch's CORS protocol needs of a backend, and nothing beside.

    `origins` are serialised, or `*` alone; `methods` those that need permission, beside GET, HEAD and POST; `headers` the
    request headers that need it, in lower case; `expose` the response headers that pages read. All may come from the
    wire: ValueError is raised for what is no origin or no token, so that a value can only ever be a value in what is
    written out, and for what browsers refuse or take for more than was asked.
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    credentials: bool = False
    expose: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origins or len(set(self.origins)) < len(self.origins):
            raise ValueError(f"{self.origins!r}: at least one origin is needed, and each once")
        if self.origins != _ANYBODY:
            for origin in self.origins:
                if origin != _NULL and Origin.parse(origin) is None:
                    raise ValueError(f"{origin!r} is no serialised origin")
        if self.credentials and (self.any_origin or _NULL in self.origins):
            raise ValueError("credentials are for pages with a name: neither for * nor for null")
        for name in (*self.methods, *self.headers, *self.expose):
            if name == ANY or not is_token(name):
                raise ValueError(f"{name!r} is no name of a method or a header")

    @property
    def any_origin(self) -> bool:
        """Whether any page may read."""
        return self.origins == _ANYBODY

    @property
    def all_methods(self) -> tuple[str, ...]:
        """The methods with those that need no permission, which some servers demand all the same."""
        return tuple(dict.fromkeys((*SAFELISTED_METHODS, *self.methods)))

    def fields(self) -> Iterator[Field]:
        """The response fields that are the same whoever asks.

        With one origin that is all of them: other pages find an origin that is not theirs. With several,
        Access-Control-Allow-Origin is missing here, as it depends on the request, and Vary has to say so.
        """
        if len(self.origins) == 1:
            yield "Access-Control-Allow-Origin", self.origins[0]
        if self.credentials:
            yield "Access-Control-Allow-Credentials", "true"
        if self.methods:
            yield "Access-Control-Allow-Methods", ", ".join(self.all_methods)
        if self.headers:
            yield "Access-Control-Allow-Headers", ", ".join(self.headers)
        if self.expose:
            yield "Access-Control-Expose-Headers", ", ".join(self.expose)
