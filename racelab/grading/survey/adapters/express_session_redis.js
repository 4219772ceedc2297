// express-session over Redis, with connect-redis.
const { RedisStore } = require("connect-redis");
const express = require("express");
const session = require("express-session");
const { createClient } = require("redis");

const place = new URL(process.env.RACE_REDIS);
const client = createClient(place.protocol === "unix:" ? { socket: { path: place.pathname } } : { url: place.href });
const lifetime = Number(process.env.RACE_LIFETIME) || null;
const app = express();

app.get("/race/rows", async (req, res) => res.json({ rows: await client.dbSize(), lifetime }));
app.use(
  session({
    store: new RedisStore({ client }),
    secret: "of a test server",
    resave: false,
    saveUninitialized: false,
    ...(lifetime ? { cookie: { maxAge: lifetime * 1000 } } : {}),
  }),
);
app.use(require(`${process.env.RACE_SNIPPETS}/express_routes.js`));

client.connect().then(() => app.listen({ fd: Number(process.env.RACE_FD) }));
