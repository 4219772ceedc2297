"""A class of one's own: graded in a process beside the server, and stepped through."""
