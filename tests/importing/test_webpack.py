"""webpack.config.* and vue.config.*."""

import pytest

from devproxy.importing import webpack


@pytest.mark.parametrize(
    "proxy",
    [
        "[{ context: ['/api'], target: 'http://localhost:3001', changeOrigin: true, pathRewrite: { '^/api': '' } }]",
        "{ '/api': { target: 'http://localhost:3001', changeOrigin: true, pathRewrite: { '^/api': '' } } }",
    ],
)
def test_a_table(proxy):
    """In the form of webpack 5, and in that of those before."""
    found = webpack.read(
        f"module.exports = {{ devServer: {{ port: 9000, proxy: {proxy} }} }}", "webpack.config.js"
    )
    (route,) = found.routes
    assert (route.prefix, route.target) == ("/api", "http://localhost:3001")
    assert route.keys == {"strip_prefix": "true", "change_origin": "true"}
    assert found.frontend.url == "http://localhost:9000"


def test_the_vue_cli():
    """Its key is the same, and a URL may stand alone."""
    found = webpack.read(
        "module.exports = { devServer: { proxy: { '/api': 'http://localhost:1' } } }", "vue.config.js"
    )
    assert [route.target for route in found.routes] == ["http://localhost:1"]
    assert found.frontend.tool == "vue-cli-service"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "module.exports = {\ndevServer: { proxy: 'http://localhost:4000' } }",
            "vue.config.js:2 speaks of a proxy that is not a table written out: what it does, vue-cli-service still does behind /.",
        ),
        ("module.exports = {", "vue.config.js could not be read: its brackets do not pair."),
    ],
)
def test_what_cannot_be_read_is_told(text, note):
    """With its line."""
    assert webpack.read(text, "vue.config.js").notes == (note,)


def test_a_configuration_without_a_dev_server():
    """It may build a library only."""
    found = webpack.read("module.exports = { entry: './a.js' }", "webpack.config.js")
    assert (found.routes, found.frontend, found.notes) == ((), None, ())


def test_a_port_that_is_not_written_out():
    """webpack's own is a guess, and said to be one."""
    found = webpack.read("module.exports = { devServer: { port: env.PORT } }", "webpack.config.js")
    assert found.frontend.url == "http://localhost:8080"
    assert found.notes[0].startswith(
        "the port (webpack.config.js:1) is not written out: 8080 is webpack's own"
    )
