from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.api_route("/users", methods=["GET", "PUT"])
async def users(request: Request) -> Response:
    return Response(request.headers.get("Cookie"), headers={"X-Total": "2"})


@app.get("/crash")
async def crash() -> None:
    raise RuntimeError("as planned")


# recipe
