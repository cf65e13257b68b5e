const express = require("express");

const app = express();
// recipe
const users = (request, response) => response.set("X-Total", "2").send(request.get("Cookie"));
app.get("/users", users);
app.put("/users", users);
app.get("/crash", () => {
  throw new Error("as planned");
});
// end
app.listen(Number(process.argv[2]), "127.0.0.1");
