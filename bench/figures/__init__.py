"""Figures that have no peer to alternate with: each is a program of its own, and prints JSON."""
