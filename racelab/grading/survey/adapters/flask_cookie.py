"""Flask's own session: all data in a signed cookie, and nothing on the server."""

from flask import Flask
from flask_routes import race

app = Flask(__name__)
app.secret_key = "of a test server"
app.register_blueprint(race)
