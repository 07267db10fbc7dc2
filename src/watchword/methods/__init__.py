"""One file a way to log in over OpenID; nobody imports from here. The core finds them through `plugin.loading`."""
