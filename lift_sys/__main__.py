"""`python -m lift_sys` is the command line."""

import sys

from lift_sys.serve import main

sys.exit(main())
