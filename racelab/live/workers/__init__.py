"""The processes that serve: this one alone, or several workers and one judge."""
