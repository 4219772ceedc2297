"""Small programs and the world they run in. Knows the checker and the database in memory, and no manager by name."""
