"""`python -m authz`: the command line without its console script."""

from authz.cli import main

main()
