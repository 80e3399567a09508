"""Who is who: users, groups, passwords, sessions, API keys, widget sites, OpenID Connect, and the audit log."""
