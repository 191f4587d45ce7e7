"""The demo of `make run`: two agencies, three creditors and a year of their history, made through the real use cases.

load_if_new(settings, app_url)   # before the server starts
announcement(settings)           # what the terminal shows once it serves
await people(), await token(key) # who can be tried out, and a fresh access token
"""

from recobro.demo.banner import announcement
from recobro.demo.persons import Person
from recobro.demo.start import load_if_new
from recobro.demo.tokens import people, token

__all__ = ["Person", "announcement", "load_if_new", "people", "token"]
