"""Managers over engines that several processes share: Redis (or Valkey) and PostgreSQL.

Same methods and same order as `buggy.py` and `fixed.py`, so that buggy and fixed can be read as a diff. No process
keeps a session in its memory: each operation asks the engine, so any number of workers on any number of machines may
serve the same sessions.
"""
