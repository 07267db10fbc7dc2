"""As much of oathtool as pages use: ``--totp SEED``, ``--counter=N SEED``, with seeds in hexadecimal.

It stands in for Debian's program and so shares no code with the server: both must read RFC 4226 alike.
"""

import hmac
import sys
import time

how, seed = sys.argv[1:]
counter = time.time_ns() // 30_000_000_000 if how == "--totp" else int(how.removeprefix("--counter="))
digest = hmac.digest(bytes.fromhex(seed), counter.to_bytes(8, "big"), "sha1")
place = digest[-1] % 16
number = int.from_bytes(digest[place : place + 4], "big") % 2**31
sys.stdout.write(f"{number % 1_000_000:06}\n")
