"""The program: settings, ASGI application, worker, command line and demo data. The only room that knows all the others."""

import warnings

from authlib.deprecate import AuthlibDeprecationWarning

# Importing it shows all of its warnings whatever the filters are, so ours comes after it. Until Authlib drops httpx, the
# library that the rest of this program uses, there is nothing to do about this one.
warnings.filterwarnings("ignore", "The httpx module is deprecated", AuthlibDeprecationWarning)
