"""Runs that last: the loads and curves of a run, in a folder, past the end of the server."""
