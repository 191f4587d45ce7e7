"""The authorization server and the sign-in pages: OAuth 2.1, by Authlib's grants and endpoints."""
