from devproxy.export.allow import Allow
from devproxy.export.express import EXPRESS


def test_the_whole_snippet() -> None:
    """Every option of the policy, where it belongs."""
    allow = Allow(("http://a.test", "http://b.test"), ("PUT",), ("x-key",), credentials=True, expose=("x-a",))
    assert (
        EXPRESS.render(allow).code
        == """\
// npm install cors
const cors = require("cors"); // in an ES module: import cors from "cors";

// right after const app = express();
app.use(
  cors({
    origin: ["http://a.test", "http://b.test"],
    methods: ["GET", "HEAD", "POST", "PUT"],
    allowedHeaders: ["x-key"],
    credentials: true,
    exposedHeaders: ["x-a"],
  }),
);"""
    )


def test_no_headers_are_none() -> None:
    """Without the option cors would allow every header that is asked for."""
    code = EXPRESS.render(Allow(("*",))).code
    assert 'origin: "*",' in code
    assert "allowedHeaders: [], // unset" in code
    assert "credentials" not in code
    assert "exposedHeaders" not in code


def test_cookies_are_spoken_of_where_there_are_any() -> None:
    """The note about SameSite stands with credentials only."""
    for credentials in (False, True):
        notes = EXPRESS.render(Allow(("http://a.test",), credentials=credentials)).notes
        assert any("sameSite" in note for note in notes) == credentials
