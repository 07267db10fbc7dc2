"""Speaks to servers of LDAP (RFC 4511): libldap has the protocol, asyncio the network."""
