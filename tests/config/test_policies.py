from devproxy.config.ledger import Ledger
from devproxy.config.load import read
from devproxy.config.model import RouteCorsSection
from devproxy.config.policies import Above, Policies
from devproxy.cors.policy import CorsPolicy
from devproxy.problems import Place

NAMED = {"allow_origins": ("https://a.test",)}
ON_ROUTE = ("routes", "/", "cors")


def test_site():
    """The site's policy is made of the keys that are given, and stands where its origins are listed."""
    policies = Policies(Ledger(read("cors:\n  allow_origins: [https://a.test]\n", "f")), NAMED)
    assert policies.site == CorsPolicy.build(**NAMED)
    assert policies.site.place == Place("f", 2, 3)


def test_route_without_keys():
    """A route that replaces nothing has the site's policy, the very same."""
    policies = Policies(Ledger(read("", "f")), NAMED)
    assert policies.of_route(RouteCorsSection(), ON_ROUTE) is policies.site


def test_route_with_keys():
    """A route's policy stands where its origins are listed: where a further one would be written."""
    text = "cors: {allow_origins: [https://a.test]}\nroutes: {/: {cors: {max_age: 5}}}\n"
    policies = Policies(Ledger(read(text, "f")), NAMED)
    policy = policies.of_route(RouteCorsSection.model_validate({"max_age": "5"}), ON_ROUTE)
    assert policy == CorsPolicy.build(**NAMED, max_age=5)
    assert policy.place == Place("f", 1, 8)


def test_each_key_has_its_place():
    """A route's own goes before the site's, and that before the one of the file above; a key that stands nowhere has none."""
    above = Above({"max_age": 5}, CorsPolicy.build(max_age=5, places={"max_age": Place("above", 9)}))
    text = "cors: {allow_methods: [PUT], allow_headers: [x-a]}\nroutes: {/: {cors: {allow_headers: [x-b]}}}\n"
    site_keys = {"allow_methods": ("PUT",), "allow_headers": ("x-a",), "allow_credentials": False}
    policies = Policies(Ledger(read(text, "f")), site_keys, above=above)
    policy = policies.of_route(RouteCorsSection(allow_headers=("x-b",)), ON_ROUTE)
    assert policy.places == {
        "allow_methods": Place("f", 1, 8),
        "allow_headers": Place("f", 2, 21),
        "max_age": Place("above", 9),
    }


def test_a_policy_that_lists_no_origins_stands_nowhere():
    """A list written there would take the default away: a flag adds."""
    policies = Policies(Ledger(read("cors: {max_age: 5}\n", "f")), {"max_age": 5})
    assert policies.site.place is None


def test_route_with_origins_of_its_own():
    """A route that lists its origins is not widened by what a flag adds to the site's."""
    policies = Policies(Ledger(read("", "f")), {**NAMED, "local": True})
    policy = policies.of_route(RouteCorsSection(allow_origins=("https://b.test",)), ON_ROUTE)
    assert [policy.allows(page) for page in ("https://b.test", "https://a.test", "http://localhost:1")] == [
        True,
        False,
        False,
    ]
    assert policies.of_route(RouteCorsSection.model_validate({"max_age": "5"}), ON_ROUTE).allows(
        "http://localhost:1"
    )


def test_passthrough():
    """Passthrough is no policy; passthrough: false is no key."""
    policies = Policies(Ledger(read("", "f")), {})
    assert policies.of_route(RouteCorsSection.model_validate({"passthrough": "true"}), ON_ROUTE) is None
    assert (
        policies.of_route(RouteCorsSection.model_validate({"passthrough": "false"}), ON_ROUTE)
        is policies.site
    )
