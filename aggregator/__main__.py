"""`python -m aggregator` is `marsad`."""

from aggregator.cli import main

main()
