"""Acknowledged against stored: what was acknowledged to callers, what is stored, and one verdict on the difference.

Facts in, verdicts out, so that the server, its own load and Locust share one account; only the ledger, the journals of
several workers and their merger have locks and clocks. It knows the data of a session and the bugs by name. It never
imports a manager, a database, Flask, the explorer or what shows a verdict.
"""
