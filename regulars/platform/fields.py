"""Model fields whose column holds nothing readable."""

import json
from typing import Any

from django.db import models

from regulars.platform import secrets, tenancy


class EncryptedJSONField(models.BinaryField):  # type: ignore[type-arg]
    """JSON, sealed with the open tenant's data key and bound to this very field.

    Works inside an open tenant only (tenant tables). Not searchable, by intent.
    """

    @property
    def _purpose(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        plain = json.dumps(value, separators=(",", ":")).encode()
        return secrets.seal(plain, tenant=tenancy.current(), purpose=self._purpose)

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        if value is None:
            return None
        return json.loads(secrets.unseal(bytes(value), tenant=tenancy.current(), purpose=self._purpose))

    def value_to_string(self, obj: models.Model) -> str:
        """Serialised readable: exports are sealed as a whole."""
        return json.dumps(self.value_from_object(obj))

    def to_python(self, value: Any) -> Any:
        return value
