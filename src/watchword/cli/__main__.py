"""``python -m watchword.cli`` is ``watchword``."""

import sys

from watchword.cli import main

sys.exit(main())
