"""Servers that benchmarks call: ours as people run it, and the peers'."""
