"""Files of customers, with what they agreed to: ``imports.take`` brings one in."""

from regulars.crm_core.customers.imports.files import Taken, take

__all__ = ["Taken", "take"]
