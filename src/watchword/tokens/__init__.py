"""One file a token type; nobody imports from here by name. The core finds them through `plugin.loading`."""
