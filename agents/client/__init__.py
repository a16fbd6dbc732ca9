"""A client of the HTTP API, for agents elsewhere and for pipelines: `Client` asks once, `follow` does not stop."""
