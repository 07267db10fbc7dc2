"""``python -m watchword.cli`` is ``watchword``."""

import sys

from watchword.cli import main

sys.argv[0] = "watchword"  # what help calls the program
sys.exit(main())
