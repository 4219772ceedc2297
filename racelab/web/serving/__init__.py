"""What stands around each request: who may ask, how much is sent, what is counted of it."""
