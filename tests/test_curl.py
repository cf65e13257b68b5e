"""A command line of curl's, as DevTools copies it."""

import pytest

from devproxy.curl import LONGEST, CurlError, parse

CHROME = r"""curl 'http://localhost:3001/api/users/7?x=1' \
  -X 'PUT' \
  -H 'Accept: application/json, text/plain, */*' \
  -H 'Content-Type: application/json' \
  -b 'session=abc; theme=dark' \
  -H 'Origin: http://localhost:5173' \
  -H 'X-Empty;' \
  --data-raw $'{"name":"O\'Brien\u0021","a":"\\n"}' \
  --compressed \
  --insecure"""

CHROME_CMD = """curl ^"http://localhost:3001/api?a=1^&b=2^" ^
  -H ^"accept: */*^" ^
  -H ^"content-type: application/json^" ^
  --data-raw ^"^{^\\^"name^\\^":^\\^"x^\\^"^}^\""""

FIREFOX = "curl 'https://api.example/v1' --compressed -X POST -H 'User-Agent: Mozilla/5.0' -H 'Cookie: a=b' --data-raw 'x=1&y=2'"


def test_chrome_on_linux_and_macos() -> None:
    """Quotes of a shell, two of its kinds."""
    curl = parse(CHROME)
    assert (curl.url, curl.method) == ("http://localhost:3001/api/users/7?x=1", "PUT")
    assert curl.header("origin") == "http://localhost:5173"
    assert curl.header("content-type") == "application/json"
    assert curl.cookie == "session=abc; theme=dark"
    assert curl.data == '{"name":"O\'Brien!","a":"\\n"}'
    assert curl.insecure
    assert curl.headers[-1] == ("X-Empty", "")
    assert curl.ignored == []


def test_chrome_on_windows() -> None:
    """Carets of cmd.exe."""
    curl = parse(CHROME_CMD)
    assert curl.url == "http://localhost:3001/api?a=1&b=2"
    assert curl.data == '{"name":"x"}'
    assert curl.headers == [("accept", "*/*"), ("content-type", "application/json")]


def test_firefox() -> None:
    """One long line; the type of the body is curl's default."""
    curl = parse(FIREFOX)
    assert (curl.method, curl.cookie, curl.data) == ("POST", "a=b", "x=1&y=2")
    assert curl.header("content-type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("text", "method", "url"),
    [
        ("curl localhost:3001", "GET", "http://localhost:3001"),
        ("/usr/bin/curl -I http://a", "HEAD", "http://a"),
        ("curl.exe -sSLXPATCH http://a", "PATCH", "http://a"),
        ("curl --request=DELETE --url http://a", "DELETE", "http://a"),
        ("curl -G -d a=1 -d b=2 http://a", "GET", "http://a?a=1&b=2"),
        ("curl -G --data-urlencode 'q=a b' 'http://a?x'", "GET", "http://a?x&q=a%20b"),
        ("curl -d '' http://a", "POST", "http://a"),
        ('curl "http://a/\\"b"', "GET", 'http://a/"b'),
        ("curl http://a/\\ b", "GET", "http://a/ b"),
        ("curl -o out.html --max-time 5 http://a", "GET", "http://a"),
    ],
)
def test_the_forms_of_a_command(text: str, method: str, url: str) -> None:
    """As people write them."""
    curl = parse(text)
    assert (curl.method, curl.url) == (method, url)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("curl -d a=1 -d b=2 http://a", "a=1&b=2"),
        ("curl --json '{}' http://a", "{}"),
        ("curl --data-raw @home http://a", "@home"),
        ("curl --data-urlencode '=a b' http://a", "a%20b"),
        ("curl --data-urlencode 'a b' http://a", "a%20b"),
        ("curl --data-raw $'\\x41\\t\\q' http://a", "A\tq"),
        ("curl http://a", None),
    ],
)
def test_what_the_body_is(text: str, data: str | None) -> None:
    """Several parts are joined as curl joins them."""
    assert parse(text).data == data


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("curl -d @/etc/passwd http://a", "--data @/etc/passwd"),
        ("curl --data-binary @/etc/passwd http://a", "--data-binary @/etc/passwd"),
        ("curl --json @/etc/passwd http://a", "--json @/etc/passwd"),
        ("curl -F file=@/etc/passwd http://a", "--form"),
        ("curl -o /etc/passwd http://a", "--output"),
        ("curl -T /etc/passwd http://a", "--upload-file"),
        ("curl -K /etc/passwd http://a", "--config"),
        ("curl -b /etc/passwd http://a", "--cookie"),
        ("curl -H @/etc/passwd http://a", "--header"),
        ("curl -x http://ada:/etc/passwd@proxy http://a", "--proxy"),
    ],
)
def test_what_would_touch_the_machine_is_passed_over(text: str, told: str) -> None:
    """And reported, without what may be a secret; nothing of it is sent."""
    curl = parse(text)
    assert curl.ignored == [told]
    assert "passwd" not in f"{curl.data}{curl.headers}{curl.cookie}"


def test_options_that_say_something_about_the_request() -> None:
    """They become headers."""
    curl = parse("curl -u user:pass -A me -e http://page/ -r 0-9 --json 1 http://a")
    assert curl.headers == [
        ("Authorization", "Basic dXNlcjpwYXNz"),
        ("User-Agent", "me"),
        ("Referer", "http://page/"),
        ("Range", "bytes=0-9"),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
    ]


def test_headers_without_a_value() -> None:
    """A semicolon stands for an empty one; a name alone would remove a header of curl's."""
    assert parse("curl -H 'X-A;' -H X-B http://a").headers == [("X-A", "")]


def test_how_curl_shows_things_is_no_matter() -> None:
    """What is sent is the same."""
    assert parse("curl -sSfLiv --compressed --location http://a").ignored == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with curl"),
        ("wget http://a", "does not begin with curl"),
        ("curl -X PUT", "no URL"),
        ("curl http://a http://b", "more than one URL"),
        ("curl --url http://a -X PUT http://b", "more than one URL"),
        ("curl http://a --url http://b", "more than one URL"),
        ("curl 'http://a", "never closed"),
        ("curl " + "a" * LONGEST, "KiB"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(CurlError, match=words):
        parse(text)
