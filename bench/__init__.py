"""Benchmarks: one file each, ours against a peer, alternated in one run."""
