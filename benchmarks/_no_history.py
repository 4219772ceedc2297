"""What the history of calls is compared with: the same lab, whose ledgers keep none and whose calls name nobody.

gunicorn --config gunicorn.conf.py benchmarks._no_history:app
"""

from __future__ import annotations

from app import create_app
from racelab.live import watch

vars(watch)["caller"] = str
app = create_app(served=True)
for variant in app.extensions["racelab"].variants.values():
    variant.ledger.history = None
