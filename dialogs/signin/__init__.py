"""Web sign-in as flows know it: sessions, one-time links, and marks of former members. Imports only core records."""
