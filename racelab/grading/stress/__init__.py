"""Recorded stress: real threads, many rounds, and how often a round ended as no serial order does. Never a proof.

For what cannot be explored, and to see a finding with real threads. `rounds` is the door.
"""
