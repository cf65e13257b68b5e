"""Several projects behind one devproxy: who serves what, and what happens to those with mistakes."""

import os
from pathlib import Path
from textwrap import dedent

import pytest

from devproxy.config.build import load
from devproxy.config.given import NOTHING, Given
from devproxy.config.include import MOST_FILES
from devproxy.cors.policy import CorsPolicy
from devproxy.errors import ConfigError
from devproxy.problems import Place

SHOP = "hosts: [shop.localhost]\nroutes:\n  /api: http://localhost:3001\n"
BLOG = "hosts: [blog.localhost]\nroutes:\n  /api: http://localhost:3002\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files and loads proxy.yaml, which includes conf.d/*.yaml and has a route."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf.d").mkdir()
    main = "include: [conf.d/*.yaml]\nroutes: {/: http://localhost:5173}\n"

    def write(main=main, *, before=None, environ=None, given=NOTHING, **projects):
        (tmp_path / "proxy.yaml").write_text(dedent(main), encoding="utf-8")
        for name, text in projects.items():
            (tmp_path / "conf.d" / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
        return load("proxy.yaml", environ=environ or {}, given=given, before=before)

    return write


def names(config):
    return [f"{route.name} → {route.target.port}" for route in config.routes]


def broken(config):
    """The messages about each file that is left out, with backslashes as slashes."""
    return {
        name.replace(os.sep, "/"): [problem.message.replace(os.sep, "/") for problem in problems]
        for name, problems in config.broken.items()
    }


def test_routes_of_projects_join_the_site(files):
    """Under their hosts, or among those of the including file; each knows its project and its line."""
    config = files(shop=SHOP, docs="project: manual\nroutes: {/docs: http://localhost:3003}\n")
    assert names(config) == ["/ → 5173", "/docs → 3003", "shop.localhost/api → 3001"]
    assert [(project.name, project.hosts) for project in config.projects] == [
        ("manual", ()),
        ("shop", ("shop.localhost",)),
    ]
    assert [route.project for route in config.routes] == ["", "manual", "shop"]
    assert config.routes[2].place == Place(str(Path("conf.d", "shop.yaml")), 3, 3)
    assert config.problems == ()
    site = config.site("devproxy")
    assert {*site.hosts} == {"shop.localhost"} <= site.allowed_hosts
    assert [route.prefix for route in site.router.routes] == ["/", "/docs"]


def test_a_configuration_may_be_projects_only(files):
    """Also when there is none yet: one that appears is served."""
    assert names(files("include: [conf.d/*.yaml]\n", shop=SHOP)) == ["shop.localhost/api → 3001"]
    empty = files("include: [none/*.yaml]\n")
    assert empty.routes == ()
    (warning,) = empty.warnings
    assert warning.message == "include: none/*.yaml matched no file"
    assert (warning.severity, warning.place) == ("warning", Place("proxy.yaml", 1, 11))


LATER = "files that appear there later are taken then"


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("conf.c/*.yaml", "did you mean conf.d/*.yaml?"),
        ("conf.d/shpo.yaml", "did you mean conf.d/shop.yaml?"),
        ("conf.d/*.yml", LATER),
        ("conf.d/*/proxy.yaml", LATER),
        ("conf.d/none/*.yaml", LATER),
        ("conf.c/*.yml", LATER),
        ("*.yml", LATER),
        ("proxy.yaml", LATER),
        ("conf.c", "did you mean conf.d/*.yaml?"),
    ],
)
def test_a_pattern_that_matches_nothing(files, pattern, hint):
    """What was probably meant is named where that would match."""
    config = files(f"include: ['{pattern}']\n", shop=SHOP)
    (warning,) = (problem for problem in config.problems if "matched no file" in problem.message)
    assert warning.hint == hint


def test_two_projects_of_one_name(files):
    """The log and the banner could not tell them apart; the second is told where to give itself another."""
    config = files(
        "include: [conf.d/*.yaml]\n",
        shop=SHOP,
        blog="# a blog\nproject: shop\nhosts: [blog.localhost]\nroutes: {/: http://localhost:2}\n",
    )
    (warning,) = config.warnings
    blog, shop = (str(Path("conf.d", name)) for name in ("blog.yaml", "shop.yaml"))
    assert warning.message == f"{blog} and {shop} are both project shop: nothing tells them apart in the log"
    assert (warning.place, warning.severity) == (Place(shop, 1), "warning")
    assert warning.hint == "give one of them another name, as in project: shop-2"
    assert len(config.projects) == 2


def test_routes_of_a_project_may_have_hosts_of_their_own(files):
    """They go before the project's."""
    config = files(shop=f"{SHOP}  /admin: {{target: http://a, hosts: [Admin.localhost]}}\n")
    assert names(config)[1:] == ["shop.localhost/api → 3001", "admin.localhost/admin → 80"]


def test_policies_come_from_above(files):
    """A project replaces single keys of the including file's cors, and a route single keys of the project's."""
    main = "include: [conf.d/*.yaml]\ncors: {allow_origins: [https://a.test], max_age: 7}\n"
    config = files(
        main,
        shop=SHOP,
        blog="""\
            hosts: [blog.localhost]
            cors: {allow_methods: [GET]}
            routes:
              /: {target: http://b, cors: {max_age: 9}}
              /x: {target: http://b, cors: {allow_origins: [https://b.test]}}
            """,
    )
    blog, shop = config.projects
    assert shop.policy is config.site_policy
    assert blog.policy == CorsPolicy.build(allow_origins=["https://a.test"], max_age=7, allow_methods=["GET"])
    assert blog.policy.place == Place("proxy.yaml", 2, 8)
    root, other = blog.routes
    assert root.policy == CorsPolicy.build(allow_origins=["https://a.test"], max_age=9, allow_methods=["GET"])
    assert other.policy == CorsPolicy.build(
        allow_origins=["https://b.test"], max_age=7, allow_methods=["GET"]
    )
    site = config.site("devproxy")
    assert site.hosts["blog.localhost"].policy is blog.policy


def test_a_warning_about_the_including_files_cors_is_told_once(files):
    """Whatever takes the keys over."""
    main = "include: [conf.d/*.yaml]\ncors: {allow_origins: [http://shop.test:3000]}\n"
    config = files(main, shop=f"cors: {{max_age: 5}}\n{SHOP}")
    assert len(config.warnings) == 1
    wrong = files(main, shop=f"cors: {{allow_origins: ['*'], allow_credentials: true}}\n{SHOP}")
    assert len(wrong.broken) == 1


def test_flags_and_variables_hold_for_projects(files):
    """--allow-origin adds to what they take over, and variables come from everywhere."""
    config = files(
        shop="hosts: [shop.localhost]\nroutes: {/: 'http://localhost:${PORT}'}\n",
        environ={"PORT": "81"},
        given=Given(port=9000, allow_origins=("https://a.test",)),
    )
    assert names(config)[1:] == ["shop.localhost/ → 81"]
    assert config.projects[0].policy.allows("https://a.test")
    looped = files(given=Given(port=81), environ={"PORT": "81"})
    assert [*broken(looped).values()] == [["route / targets devproxy itself (port 81): this loops"]]


def test_a_broken_file_is_left_out(files):
    """The others are served; every mistake has its place in its own file."""
    config = files(shop=f"chanel: x\n{SHOP}", blog=BLOG, empty="", list="[]")
    shop = str(Path("conf.d", "shop.yaml"))
    assert names(config) == ["/ → 5173", "blog.localhost/api → 3002"]
    assert broken(config) == {
        "conf.d/empty.yaml": ["conf.d/empty.yaml is empty"],
        "conf.d/list.yaml": ["a configuration is a mapping, found a list"],
        "conf.d/shop.yaml": ["unknown key 'chanel'"],
    }
    assert {problem.place.file for problem in config.broken[shop]} == {shop}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (f"listen: {{port: 1}}\n{SHOP}", "unknown key 'listen'", "listen is for the file that includes this one: write it there"),
        (f"project: a/b\n{SHOP}", "project 'a/b' is no name: letters, digits, - and _", "write a-b"),
        (f"project: '///'\n{SHOP}", "project '///' is no name: letters, digits, - and _", "write shop"),
        ("hosts: [http://a.test]\nroutes: {/: http://b}\n", "'http://a.test' in hosts is not a host name", "write a.test"),
        ("hosts: [a.test]\n", "there are no routes", "write routes: and below it   /api: http://localhost:3001"),
        ("name: shop\nroutes: {/: http://b}\n", "unknown key 'name'", "did you mean 'project'? (compose's name)"),
        ("routes: {/: 'http://localhost:${NONE}'}\n", "environment variable NONE is not set", "set it, or give a default: ${NONE:-3001}"),
    ],
)  # fmt: skip
def test_mistakes_of_projects(files, text, message, hint):
    """They are told as those of the including file are."""
    config = files(wrong=text)
    (problems,) = config.broken.values()
    assert [(problem.message, problem.hint) for problem in problems] == [(message, hint)]


def test_one_name_and_prefix_for_two(files):
    """Both places are named, and the one that came later is left out."""
    config = files(blog=SHOP.replace("/api", "/api/"), shop=SHOP)
    assert broken(config) == {
        "conf.d/shop.yaml": ["conf.d/blog.yaml:3:3 and conf.d/shop.yaml:3:3 both claim shop.localhost /api"]
    }
    (problems,) = config.broken.values()
    assert problems[0].hint == "give one project its own host (hosts: [shop.localhost]) or another prefix"
    both = files(blog=SHOP.replace("/api", "/blog"))
    assert names(both)[1:] == ["shop.localhost/blog → 3001", "shop.localhost/api → 3001"]


def test_a_prefix_of_the_including_file_is_taken(files):
    """A project cannot replace it; below it, it may have one."""
    config = files(docs="routes: {/: http://localhost:1}\n")
    assert broken(config) == {"conf.d/docs.yaml": ["proxy.yaml:2:10 and conf.d/docs.yaml:1:10 both claim /"]}
    assert names(files(docs="routes: {/docs: http://localhost:2}\n"))[1:] == ["/docs → 2"]


@pytest.mark.parametrize(
    ("first", "second"), [("/shop", "/shop/api"), ("/shop/api/v2", "/shop"), ("/", "/x"), ("/x/y", "/")]
)
def test_a_prefix_inside_anothers(files, first, second):
    """Without hosts nobody takes a part of what another project serves."""
    config = files(
        "include: [conf.d/*.yaml]\n",
        a=f"routes: {{{first}: http://a}}\n",
        b=f"routes: {{{second}: http://b}}\n",
    )
    inner, outer = sorted([first, second], key=len, reverse=True)
    files_of = {first: "a", second: "b"}
    assert broken(config) == {
        "conf.d/b.yaml": [
            f"conf.d/{files_of[inner]}.yaml:1:10 claims {inner} inside {outer} of project {files_of[outer]}, conf.d/{files_of[outer]}.yaml:1:10"
        ]
    }


def test_a_prefix_beside_anothers(files):
    """A segment is a segment; and what has hosts is nobody else's business."""
    config = files(
        "include: [conf.d/*.yaml]\n",
        a="routes: {/shop: http://a, /shop/own: http://a}\n",
        b="routes: {/shopping: http://b}\n",
        c="hosts: [c.test]\nroutes: {/shop/api: http://c}\n",
    )
    assert config.broken == {}


def test_what_was_served_goes_on(files):
    """A file that has got mistakes since is served as it was, and is told of; one that is new is not served."""
    before = files(shop=SHOP)
    config = files(shop="routes: [\n", blog="routes: [\n", before=before)
    assert names(config) == ["/ → 5173", "shop.localhost/api → 3001"]
    assert {*broken(config)} == {"conf.d/shop.yaml", "conf.d/blog.yaml"}
    mended = files(shop=SHOP.replace("3001", "4001"), before=config)
    assert names(mended) == ["/ → 5173", "shop.localhost/api → 4001"]


def test_who_was_here_first_keeps_what_it_claims(files):
    """A file that is saved now cannot end what another one serves, though it comes first by name."""
    before = files(shop=SHOP)
    config = files(blog=SHOP, before=before)
    assert {*broken(config)} == {"conf.d/blog.yaml"}
    assert names(config) == ["/ → 5173", "shop.localhost/api → 3001"]


def test_what_was_served_ends_where_the_including_file_takes_it(files):
    """That file has the last word."""
    before = files(docs="routes: {/docs: http://localhost:1}\n")
    main = "include: [conf.d/*.yaml]\nroutes: {/docs: http://localhost:5173}\n"
    config = files(main, before=before)
    assert names(config) == ["/docs → 5173"]
    assert len(config.broken) == 1


def test_a_file_that_is_no_longer_there_is_no_longer_served(files, tmp_path):
    """Removing is no mistake."""
    before = files(shop=SHOP, blog=BLOG)
    (tmp_path / "conf.d" / "shop.yaml").unlink()
    config = files(before=before)
    assert names(config) == ["/ → 5173", "blog.localhost/api → 3002"]
    assert config.broken == {}


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_file_outside_is_told_where_it_is_included(files, tmp_path):
    """No line of it is quoted: the place is one of the including file."""
    (tmp_path.parent / "outside.yaml").write_text("hunter2")
    (tmp_path / "conf.d" / "out.yaml").symlink_to(tmp_path.parent / "outside.yaml")
    config = files()
    ((problem,),) = config.broken.values()
    assert problem.place == Place("proxy.yaml", 1, 11)


def test_too_many_files(files, tmp_path):
    """Is a mistake of the including file."""
    for number in range(MOST_FILES + 1):
        (tmp_path / "conf.d" / f"p{number}.yaml").write_text("")
    with pytest.raises(ConfigError, match=f"include names more than {MOST_FILES} files"):
        files()
