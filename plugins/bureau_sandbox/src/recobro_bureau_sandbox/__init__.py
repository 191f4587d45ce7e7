"""A credit bureau that invents its answers, always the same for the same document, over real HTTP."""

from recobro_bureau_sandbox.furnisher import SandboxFurnisher
from recobro_bureau_sandbox.provider import SandboxBureau
from recobro_bureau_sandbox.server import FakeBureauServer, Fault
from recobro_bureau_sandbox.settings import SandboxBureauSettings

__all__ = ["FakeBureauServer", "Fault", "SandboxBureau", "SandboxBureauSettings", "SandboxFurnisher"]
