from flask import Flask, Response, request

app = Flask(__name__)
# recipe


@app.route("/users", methods=["GET", "PUT"])
def users() -> Response:
    return Response(request.headers.get("Cookie"), headers={"X-Total": "2"})


@app.get("/crash")
def crash() -> None:
    raise RuntimeError("as planned")
