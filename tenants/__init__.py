"""Who is asking and what they may see: agencies, creditor organisations, users, roles, OAuth and OpenID Connect."""
