"""Runs a program under every schedule, or under chosen ones, and judges how each comes out. Knows no trace."""
