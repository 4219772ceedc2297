"""The routes that `check URL` drives, for four frameworks. Each file stands alone: paste it into an app."""
