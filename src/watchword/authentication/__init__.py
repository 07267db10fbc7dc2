"""The gate: lets somebody in, or says why not. The only code that turns an answer into "yes"."""
