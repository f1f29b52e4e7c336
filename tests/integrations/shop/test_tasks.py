"""What the workers keep of a shop's refusal is said in the workspace's language."""

import pytest
from django.utils import timezone

from regulars.integrations.shop import connections, tasks
from regulars.integrations.shop.models import ConnectionState
from regulars.platform import tenancy
from regulars.tenants import workspaces


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "This shop sends us its orders; there is nothing to ask it."),
        ("zh-hans", "此店铺会主动推送订单；无法向它查询。"),  # noqa: RUF001 - Chinese
    ],
)
def test_a_refusal_is_kept_in_the_language_of_the_workspace(tea_shop, language, said):
    now = timezone.now()
    with tenancy.opened(tea_shop.schema_name):
        workspaces.change(name="Tea Shop", time_zone="Europe/Berlin", language=language)
        shop = connections.connect(kind="push", name="Till", url="https://tea.example", at=now)
        connections.read_again(connection_id=shop.pk, changed_after=None, at=now)

    with tenancy.shared():
        tasks.read_page(tenant=tea_shop.schema_name, subject_id=str(shop.pk))

    with tenancy.opened(tea_shop.schema_name):
        shop.refresh_from_db()
    assert (shop.state, shop.problem) == (ConnectionState.BROKEN, said)
