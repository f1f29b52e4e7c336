"""``/api/v1/customers``: whom the tenant knows. The model is ``Contact``."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from regulars.crm_core.customers import resolving
from regulars.crm_core.customers.models import Contact, ContactQuerySet
from regulars.crm_core.insight import lookup
from regulars.crm_core.insight.models import Stage
from regulars.platform import pagination
from regulars.platform.pagination import Key
from regulars.rest import parameters, shapes
from regulars.rest.errors import Unknown
from regulars.rest.resource import Answered, Resource, answered, salt
from regulars.rest.serializers import REFUSALS, CustomerPageSerializer, CustomerSerializer
from regulars.tenants import keys

NEWEST = (Key("appeared_at", is_descending=True), Key("id", is_descending=True))
COLUMNS = (
    "id", "email", "name", "first_name", "last_name", "phone", "company", "city", "region", "country_code",
    "tags", "metrics__stage", "metrics__orders_count", "metrics__total_spent", "metrics__elsewhere",
    "metrics__first_order_at", "metrics__last_order_at", "appeared_at", "changed_at", "metrics__computed_at",
)  # fmt: skip
FILTERS = ("email", "words", "stage", "updated_after")
APPEARED_AT = COLUMNS.index("appeared_at")


class CustomerParameters(parameters.PageParameters):
    email = serializers.CharField(
        required=False, max_length=254, help_text="Whoever answers to this e-mail address."
    )
    words = serializers.CharField(
        required=False, max_length=200, help_text="Words of the name, address, company, city or phone number."
    )
    stage = serializers.ChoiceField(
        required=False, choices=[stage.value for stage in Stage], help_text="Where the customer stands."
    )
    updated_after = parameters.TimeField(
        required=False, help_text="Changed at this time or later, figures included (RFC 3339)."
    )


@extend_schema_view(
    get=extend_schema(
        operation_id="list_customers",
        summary="Customers, newest first",
        description="Those who were merged into another are left out.",
        parameters=[CustomerParameters],
        responses={200: CustomerPageSerializer, **REFUSALS},
        tags=["customers"],
    )
)
class CustomerList(Resource):
    scope = "customers:read"

    def read(self, request: Request, holder: keys.Holder, **path: Any) -> Answered:
        given = parameters.read(CustomerParameters, request.query_params)
        page = pagination.page(
            filtered(given).values_list(*COLUMNS),
            order=NEWEST,
            cursor=given.get("cursor"),
            size=given["limit"],
            salt=salt("customers", holder, given),
            position=lambda row: (row[APPEARED_AT], row[0]),
        )
        return answered(request, page, [shaped(row, holder.tenant.currency) for row in page.rows])


@extend_schema_view(
    get=extend_schema(
        operation_id="read_customer",
        summary="One customer",
        description="The id of a customer who was merged into another answers with the other.",
        responses={200: CustomerSerializer, **REFUSALS},
        tags=["customers"],
    )
)
class CustomerDetail(Resource):
    scope = "customers:read"

    def read(self, request: Request, holder: keys.Holder, **path: Any) -> shapes.Customer:
        parameters.read(parameters.Parameters, request.query_params)
        asked: UUID = path["customer_id"]
        found = resolving.survivors({asked})
        row = Contact.objects.filter(pk__in=found).values_list(*COLUMNS).first()
        if row is None:
            raise Unknown("There is no such customer.")
        return shaped(row, holder.tenant.currency, merged_into=None if row[0] == asked else row[0])


def filtered(given: dict[str, Any]) -> ContactQuerySet:
    """Live contacts that match; the parameters are those of CustomerParameters."""
    return lookup.matching(**{name: given[name] for name in FILTERS if name in given})


def shaped(row: tuple[Any, ...], currency: str, *, merged_into: UUID | None = None) -> shapes.Customer:
    """A row of COLUMNS as it is sent; ``currency`` is the tenant's, in which customers are added up."""
    *described, stage, count, spent, elsewhere, first, last, appeared_at, changed_at, computed_at = row
    return shapes.Customer(
        *[
            *described,
            stage or Stage.LEAD.value,
            count or 0,
            shapes.money(spent or Decimal(0), currency),
            spent_elsewhere(elsewhere),
            first,
            last,
            appeared_at,
            latest(changed_at, computed_at),
            merged_into,
        ]
    )


def spent_elsewhere(elsewhere: dict[str, str] | None) -> list[shapes.Money]:
    """Amounts in currencies that no rate was known for: listed apart, never added."""
    return [shapes.money(Decimal(amount), code) for code, amount in sorted((elsewhere or {}).items())]


def latest(changed_at: datetime, computed_at: datetime | None) -> datetime:
    return max(changed_at, computed_at) if computed_at else changed_at
