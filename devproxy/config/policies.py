"""The cors sections → `CorsPolicy` values: the site's, and those that routes make of it by replacing single keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from devproxy.config.document import Path
from devproxy.config.ledger import Ledger
from devproxy.config.model import RouteCorsSection
from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError
from devproxy.problems import Problem

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Above:
    """What a file takes over from the one that includes it: the keys of its cors, and the policy that they make."""

    keys: Keys
    policy: CorsPolicy


class Policies:
    """Makes policies; what is wrong goes into the ledger. `site` is None where the file's own keys make none.

    That `localhost` is another origin than 127.0.0.1 matters where devproxy answers to `both_loopbacks`.
    """

    def __init__(
        self, ledger: Ledger, site_keys: Keys, *, both_loopbacks: bool = True, above: Above | None = None
    ) -> None:
        self._ledger = ledger
        self._both_loopbacks = both_loopbacks
        self._site_keys = above.keys if above else {}
        self._above = above.policy if above else None
        if above and not site_keys:
            self.site: CorsPolicy | None = above.policy
            return
        self._site_keys = {**self._inherited(site_keys), **site_keys}
        self.site = self._build(self._site_keys, ("cors",), site_keys)

    def of_route(self, section: RouteCorsSection, path: Path) -> CorsPolicy | None:
        """The policy in force on a route whose cors section stands at `path`; None for passthrough."""
        own = section.given()
        if own.pop("passthrough", False):
            for key in own:
                problem = Problem(
                    "passthrough", f"{key} has no effect beside passthrough", "remove one of the two"
                )
                self._ledger.add(problem, (*path, key), on_key=True)
            return None
        return self._build({**self._inherited(own), **own}, path, own) if own else self.site

    def _inherited(self, own: Keys) -> Keys:
        # `local` (a flag's, never a key of a file) goes with the list of origins that it adds to.
        replaced = {"local"} if "allow_origins" in own else set()
        return {key: value for key, value in self._site_keys.items() if key not in replaced}

    def _build(self, keys: Keys, path: Path, own: Keys) -> CorsPolicy | None:
        known = self._ledger.document.keys
        places = dict(self._above.places) if self._above else {}
        places |= {
            key: place for key in keys if (place := known.get((*path, key)) or known.get(("cors", key)))
        }
        try:
            policy = CorsPolicy.build(**keys, places=places)
        except ConfigError as error:
            self._note(error.problems, path, own)
            return None
        self._note(policy.warnings, path, own)
        return policy

    def _note(self, problems: Iterable[Problem], path: Path, own: Keys) -> None:
        # The way into the file is more exact than the place of the policy as a whole.
        for problem in (replace(problem, place=None) for problem in problems):
            if problem.code == "loopback_twin" and not self._both_loopbacks:
                continue
            if self._above and problem.message in {told.message for told in self._above.warnings}:
                continue
            if not problem.path or problem.path[0] in own:
                self._ledger.add(problem, path)
            elif not self._ledger.has(problem, ("cors",)):
                # A key of the site's that only this route's keys make wrong.
                self._ledger.add(replace(problem, path=()), path)
