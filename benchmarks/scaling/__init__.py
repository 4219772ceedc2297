"""What `benchmarks/scale.py` is made of: stores of many sizes, peers in one run, real workers, and the document."""
