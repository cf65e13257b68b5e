"""The errors that devproxy raises. Refusals of a request are values (`answers`); these are for what broke.

    DevproxyError
    ├── ConfigError          a configuration that cannot be used: every Problem at once     exit code 1
    │   └── PolicyError      a CORS policy that browsers would refuse or that is unsafe
    ├── StartError           devproxy cannot start: the port is taken, the host unknown     exit code 1
    ├── ClientError          the client broke off, or sent a body without a proper end      400, if anyone reads it
    └── TargetError          the leg to a target broke: which step, in words                the answer's status

Foreign exceptions end where they occur, and go on as one of these.
"""

from collections.abc import Sequence

from devproxy.problems import Problem


class DevproxyError(Exception):
    """Any error that devproxy raises on purpose."""


class ConfigError(DevproxyError):
    """A configuration that cannot be used; `problems` holds every mistake found, errors and warnings."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class PolicyError(ConfigError):
    """A CORS policy that cannot be built."""


class StartError(DevproxyError):
    """devproxy cannot start; `hint` says what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


class ClientError(DevproxyError):
    """The client broke off, or sent a body without a proper end."""


class TargetError(DevproxyError):
    """The leg to a target broke.

    `code` is an entry of `answers.KINDS` (dns, refused, reset, starting, tls, tls_untrusted, tls_expired, tls_wrong_host,
    via, protocol, protocol_framing, protocol_head_too_large, protocol_switch, timeout); `detail` is one sentence for the
    developer, without secrets and without bytes of the message. `said` is how an answer that is none began: for whoever
    asked, and for no log. `hint` says what to do about it, where more is known than the code tells.
    """

    def __init__(self, code: str, detail: str, said: bytes = b"", hint: str = "") -> None:
        self.code = code
        self.detail = detail
        self.said = said
        self.hint = hint
        super().__init__(f"{code}: {detail}")
