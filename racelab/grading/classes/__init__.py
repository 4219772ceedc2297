"""Grades any class as it is: every interleaving of a few calls, judged by what the calls do one after another."""
