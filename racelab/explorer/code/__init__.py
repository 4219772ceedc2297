"""An author's own source: rewritten, imported privately for one execution, and what its code calls then."""
