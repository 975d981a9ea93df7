"""Benchmarks of Marsad: see README.md in this folder."""
