"""As much of oathtool as pages use: ``--totp SEED``, ``--counter=N SEED``, with seeds in hexadecimal."""

import sys
import time

from watchword.crypto.otp import hotp, totp_step

how, seed = sys.argv[1:]
step = totp_step(time.time_ns() // 1_000_000, 30) if how == "--totp" else int(how.removeprefix("--counter="))
sys.stdout.write(hotp(bytes.fromhex(seed), step) + "\n")
