"""The program: settings, ASGI application, worker, command line, demo data. The only room that knows all the others."""

import warnings

from authlib.deprecate import AuthlibDeprecationWarning

# Authlib shows its warnings whatever the filters are at its import, so ours comes after it. It wants a successor of the
# httpx that the rest of this program uses; until it drops that one there is nothing to do.
warnings.filterwarnings("ignore", "The httpx module is deprecated", AuthlibDeprecationWarning)
