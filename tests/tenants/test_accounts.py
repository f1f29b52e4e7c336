from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.tenants import accounts
from regulars.tenants.models import Handover, SignInAttempt

NOW = timezone.now()
PASSWORD = "correct horse battery"


def tried(email="owner@teashop.example", password=PASSWORD, address="192.0.2.1", at=NOW):
    return accounts.authenticated(email=email, password=password, address=address, at=at)


class TestAuthenticated:
    def test_finds_the_person(self, owner):
        assert tried(email=" Owner@TeaShop.example") == owner

    @pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@teashop.example"}])
    def test_says_the_same_of_a_wrong_password_and_an_unknown_account(self, owner, wrong):
        with pytest.raises(accounts.WrongCredentials) as refused:
            tried(**wrong)

        assert str(refused.value) == "The e-mail address or the password is not right."
        assert SignInAttempt.objects.count() == 1

    def test_hashes_a_password_for_unknown_accounts_too(self, db, monkeypatch):
        compared = []
        monkeypatch.setattr(accounts, "check_password", lambda _, encoded: bool(compared.append(encoded)))

        with pytest.raises(accounts.WrongCredentials):
            tried(email="nobody@teashop.example")

        assert compared == [accounts.NOBODY]

    def test_slows_down_one_address_but_locks_no_owner_out(self, owner):
        for _ in range(accounts.MAX_FAILURES_PER_ACCOUNT):
            with pytest.raises(accounts.WrongCredentials):
                tried(password="wrong")

        with pytest.raises(accounts.TooManyAttempts):
            tried()
        assert tried(address="198.51.100.7") == owner
        assert tried(at=NOW + accounts.THROTTLED_FOR) == owner

    def test_slows_down_an_address_that_sprays_passwords(self, owner):
        for number in range(accounts.MAX_FAILURES_PER_ADDRESS):
            with pytest.raises(accounts.WrongCredentials):
                tried(email=f"someone{number}@example.com")

        with pytest.raises(accounts.TooManyAttempts):
            tried()


class TestHandOver:
    def test_signs_in_once_within_a_minute_on_the_right_host(self, owner, tea_shop):
        token = accounts.hand_over(person=owner, tenant=tea_shop, at=NOW)

        later = NOW + timedelta(seconds=59)
        assert accounts.taken_over(token=token, schema=tea_shop.schema_name, at=later) == owner
        with pytest.raises(accounts.SpentHandover):
            accounts.taken_over(token=token, schema=tea_shop.schema_name, at=later)

    def test_is_worth_nothing_on_another_host_or_too_late(self, owner, tea_shop, book_shop):
        token = accounts.hand_over(person=owner, tenant=tea_shop, at=NOW)

        for schema, at in (
            (book_shop.schema_name, NOW),
            (tea_shop.schema_name, NOW + timedelta(seconds=60)),
        ):
            with pytest.raises(accounts.SpentHandover):
                accounts.taken_over(token=token, schema=schema, at=at)
        assert Handover.objects.get().used_at is None

    def test_keeps_only_a_hash(self, owner, tea_shop):
        token = accounts.hand_over(person=owner, tenant=tea_shop, at=NOW)

        assert token not in Handover.objects.get().token_hash

    def test_refuses_who_does_not_belong(self, owner, book_shop):
        with pytest.raises(accounts.NotAMember):
            accounts.hand_over(person=owner, tenant=book_shop, at=NOW)
