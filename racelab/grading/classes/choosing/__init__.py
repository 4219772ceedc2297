"""Chooses what is called on a class, if its author does not say: arguments that collide, and what to observe."""
