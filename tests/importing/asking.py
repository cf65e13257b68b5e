"""What a target is asked by an imported configuration."""

from pathlib import Path

from devproxy.config.build import Config, parse
from devproxy.importing.document import document
from devproxy.importing.found import Found, merged
from devproxy.lookup import Question, answer

FIXTURES = Path(__file__).parent / "fixtures"


def imported(*parts: Found, environ: dict[str, str] | None = None) -> Config:
    """The configuration that is written for what was found; it has no problems."""
    return parse(document(merged(parts)), environ=environ or {})


def asked(config: Config, url: str, method: str = "GET") -> tuple[str, str]:
    """The URL that the target of this request is asked for, and its Host."""
    rows: dict[str, list[str]] = {}
    label = ""
    for name, text in answer(config, Question(method, url, None)):
        label = name or label
        rows.setdefault(label, []).append(text)
    line, host, *_ = rows["target"]
    return line.partition("http")[1] + line.partition("http")[2], host.split()[1]
