"""What several files say, together."""

from devproxy.importing.found import Found, FoundRoute, Frontend, merged


def route(prefix, target="http://localhost:3001", source="a", **more):
    return FoundRoute(prefix, target, source, **more)


def test_the_page_is_a_route_behind_all_others():
    """So that all is one origin."""
    found = merged([Found((route("/api"),), Frontend("vite"))])
    assert [(item.prefix, item.target, item.source) for item in found.routes] == [
        ("/api", "http://localhost:3001", "a"),
        ("/", "http://localhost:5173", "vite"),
    ]


def test_what_stays_goes_to_the_page_s_server():
    """Which is told where there is none."""
    stays = route("/api", "", direct="http://a", remarks=("Why.",))
    found = merged([Found((stays,), Frontend("vite", https=True))])
    assert (found.routes[0].target, found.routes[0].keys) == (
        "https://localhost:5173",
        {"verify_tls": "false"},
    )
    assert found.routes[0].remarks == ("a", "Why.")
    assert merged([Found((stays,))]).notes == ("/api → http://a from a: Why.",)


def test_the_first_file_wins():
    """And the other's is told."""
    found = merged([Found((route("/api"),)), Found((route("/api", "http://localhost:3002", "b"),))])
    assert [item.target for item in found.routes] == ["http://localhost:3001"]
    assert found.notes == ("/api → http://localhost:3002 from b: another file has this prefix, too.",)


def test_a_table_that_takes_every_path():
    """Leaves nothing to the page."""
    found = merged([Found((route("/"),), Frontend("vite"))])
    assert [item.target for item in found.routes] == ["http://localhost:3001"]
    assert found.notes == (
        "vite sends every path to http://localhost:3001, so its own pages are not served here.",
    )


def test_devproxy_is_no_target_of_its_own():
    """It would loop."""
    loop = Found(
        (route("/api", "http://127.0.0.1:9000"), route("/b", "${B}"), route("/c", "http://localhost"))
    )
    found = merged([loop], port=9000)
    assert [item.prefix for item in found.routes] == ["/b", "/c"]
    assert found.notes[0].endswith("that is devproxy itself. Name the server behind it.")
    assert len(merged([loop]).routes) == 3


def pages(*frontends):
    return merged([Found(frontend=frontend) for frontend in frontends]).frontend


def test_which_dev_server_serves_the_page():
    """That of package.json, which is the last; a port on its command line goes before the file's."""
    assert pages(Frontend("vite", 3000, "v"), None) == Frontend("vite", 3000, "v")
    assert pages(Frontend("vite", 3000, "v"), Frontend("next")) == Frontend("next")
    assert pages(Frontend("vite", 3000, "v"), Frontend("vite")) == Frontend("vite", 3000, "v")
    assert pages(Frontend("vite", 3000, "v", https=True), Frontend("vite", 4000, "p")) == Frontend(
        "vite", 4000, "p", https=True
    )
    assert pages(None) is None
