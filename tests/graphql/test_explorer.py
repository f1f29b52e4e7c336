"""In a browser the address shows GraphiQL, from our own files, under a policy of its own, without cookies."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.mark.usefixtures("tea_shop")
class TestExplorer:
    @pytest.mark.parametrize("host", ["localhost", "teashop.localhost"])
    def test_is_shown_to_browsers(self, host):
        answer = Client(headers={"host": host}).get("/graphql/", headers={"accept": "text/html,*/*"})
        page = answer.content.decode()

        assert answer.status_code == 200
        assert not answer.cookies
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert re.findall(r"<script(?! src=)", page) == []
        files = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
        assert len(files) == 7
        assert [file for file in files if not finders.find(file)] == []

    def test_is_not_shown_to_programs(self):
        answer = Client(headers={"host": "localhost"}).get(
            "/graphql/", headers={"accept": "application/json"}
        )

        assert answer.status_code == 405
