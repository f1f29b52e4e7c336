"""One request at work: for whom, when, and how many rows it has read."""

from dataclasses import dataclass, field
from datetime import datetime

from regulars.tenants import bearer, keys


@dataclass
class Work:
    """``rows`` is what the answer's actual cost is made of."""

    holder: keys.Holder
    at: datetime
    rows: int = 0
    statements: int = field(default=0)

    @property
    def currency(self) -> str:
        """The tenant's, in which customers are added up."""
        return self.holder.tenant.currency

    def read(self, rows: int) -> None:
        """Note a statement that gave so many rows."""
        self.rows += rows
        self.statements += 1

    def require(self, scope: str) -> None:
        """Raises bearer.MissingScope."""
        bearer.require(scope, holder=self.holder)
