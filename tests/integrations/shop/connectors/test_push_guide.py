"""The guide's own code signs a message that we take."""

import re
import time
import urllib.request
from datetime import UTC, datetime

from regulars.integrations.shop.connector import Genuine
from regulars.integrations.shop.connectors import CONNECTORS
from tests.integrations.shop.connectors import captures

GUIDE = captures.TESTS.parent / "docs" / "guides" / "push-api.md"


def test_the_example_of_the_guide_is_genuine(monkeypatch):
    sent = []
    monkeypatch.setattr(urllib.request, "urlopen", sent.append)
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    told = {"order": captures.example()["orders"][0], "secret": captures.PUSH_SECRET}

    exec(code, told | {"hook_url": "https://regulars.example/hooks/shop/k3y/"})  # noqa: S102 - our own guide

    (request,) = sent
    delivery = {"door": captures.push({}).door, "headers": dict(request.header_items()), "raw": request.data}
    at = datetime.fromtimestamp(time.time(), UTC)
    assert isinstance(CONNECTORS["push"].verify(**delivery, at=at), Genuine)
    assert len(CONNECTORS["push"].parse(**delivery)) == 1
