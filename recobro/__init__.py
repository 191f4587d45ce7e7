"""The program: settings, ASGI application, worker, command line and demo data. The only room that knows all the others."""
