"""Loads for the lab, one idea per file. `locust -f locustfiles/lost_updates.py`, or `python3 lab.py load lost_updates`.

Only this folder imports Locust: it patches the process that imports it, which would hide the races from a server.
"""
