// The routes of `lab.py check URL` for Express: `app.use(require("./express_routes"))`, after express-session.
// For a test server, not for users.
const express = require("express");

const race = express.Router();

race.all("/race/:step", async (req, res) => {
  const { cookie, n = 0, ...seen } = req.session; // read first, then do the work of a real view, then write
  await new Promise((done) => setTimeout(done, Math.min(Number(req.query.hold) || 0, 1000)));
  const step = req.params.step;
  if (step === "set") req.session[req.query.key] = req.query.value;
  if (step === "count") req.session.n = n + 1;
  if (step === "logout") await new Promise((done) => req.session.destroy(done)); // or what your app does at a logout
  const keys = step === "read" ? Object.fromEntries(Object.entries(seen).filter(([, v]) => typeof v === "string")) : {};
  res.json({ n: step === "count" ? n + 1 : n, keys, worker: process.pid });
});

module.exports = race;
