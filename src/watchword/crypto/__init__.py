"""Bytes in, bytes out: one-time-password arithmetic, the key ring, sealing, fingerprints, PINs and passwords."""
