"""Files of orders: ``imports.take`` brings one in, ``imports.running`` says whether one is at work."""

from regulars.crm_core.commerce.imports.files import Taken, take
from regulars.crm_core.commerce.imports.runs import running

__all__ = ["Taken", "running", "take"]
