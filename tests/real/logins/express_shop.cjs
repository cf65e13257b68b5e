// Express with express-session and its defaults.
const express = require("express");
const session = require("express-session");

const [port, mount] = process.argv.slice(2);

const shop = express.Router();
shop.get("/login", (_request, response) => {
  response.send(
    '<form method="post"><input name="username"><input name="password"><button>sign in</button></form>',
  );
});
shop.post("/login", (request, response) => {
  if (request.body.password !== "lovelace") return response.sendStatus(403);
  request.session.regenerate(() => {
    request.session.name = request.body.username;
    response.redirect(303, `${mount}/me`);
  });
});
shop.get("/me", (request, response) => {
  const name = request.session.name;
  response
    .status(name ? 200 : 401)
    .send(`<h1>${name ?? "nobody"}</h1><form method="post" action="logout"><button>sign out</button></form>`);
});
shop.post("/logout", (request, response) => {
  request.session.destroy(() => response.redirect(`${request.protocol}://${request.host}${mount}/me`));
});

const app = express();
app.use(session({ secret: "for tests only", resave: false, saveUninitialized: false }));
app.use(express.urlencoded());
app.use(mount || "/", shop);
app.listen(Number(port), "127.0.0.1");
