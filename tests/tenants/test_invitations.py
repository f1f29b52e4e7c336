"""Colleagues are asked in by mail, join once, change roles and leave; a workspace always has an owner."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.platform import tenancy
from regulars.platform.facts.models import Fact
from regulars.tenants import accounts, entitlements, invitations
from regulars.tenants.models import Entitlement, Invitation, Membership, Person, Role

NOW = timezone.now()
EMAIL = "kim@teashop.example"
PASSWORD = "correct horse battery"


def names():
    return list(Fact.objects.order_by("id").values_list("name", flat=True))


@pytest.fixture
def asked(tenant, owner):
    """Kim is invited as staff: the token of the link."""
    return invitations.invite(email=" Kim@Teashop.example ", role=Role.STAFF, by=owner, at=NOW)[1]


@pytest.fixture
def kim(asked):
    """Kim has joined."""
    person, _tenant = invitations.accept_as_new(
        token=asked, name="Kim", password=PASSWORD, language="en", at=NOW
    )
    with tenancy.shared():
        return Membership.objects.select_related("person").get(person=person)


@pytest.fixture
def owners(tenant):
    with tenancy.shared():
        return Membership.objects.get(tenant__schema_name=tenant, role=Role.OWNER)


class TestInvite:
    def test_keeps_a_hash_of_the_link_and_says_who_asked(self, asked, owner):
        (row,) = invitations.listed(at=NOW)

        assert (row.email, row.role, row.invited_by_id) == (EMAIL, Role.STAFF, owner.pk)
        assert asked not in row.token_hash
        assert names() == ["person.invited"]

    def test_again_replaces_the_link(self, asked, owner):
        again = invitations.invite(email=EMAIL, role=Role.OWNER, by=owner, at=NOW)[1]

        assert [row.role for row in invitations.listed(at=NOW)] == [Role.OWNER]
        assert invitations.found(token=again, at=NOW).email == EMAIL
        with pytest.raises(invitations.SpentInvitation):
            invitations.found(token=asked, at=NOW)

    @pytest.mark.parametrize(
        ("email", "role", "field"),
        [
            ("no address", "staff", "email"),
            (EMAIL, "queen", "role"),
            ("owner@teashop.example", "staff", "email"),
        ],
    )
    def test_refuses_what_is_no_address_no_role_or_a_member(self, tenant, owner, email, role, field):
        with pytest.raises(invitations.InvalidInvitation) as refused:
            invitations.invite(email=email, role=role, by=owner, at=NOW)

        assert refused.value.field == field
        assert (invitations.listed(at=NOW), names()) == ([], [])

    def test_keeps_to_the_seats_of_the_plan_counting_who_waits(self, asked, owner):
        with tenancy.shared():
            Entitlement.objects.filter(feature="members").update(amount=2)

        with pytest.raises(entitlements.NotEntitled):
            invitations.invite(email="lou@teashop.example", role=Role.STAFF, by=owner, at=NOW)
        invitations.invite(email=EMAIL, role=Role.STAFF, by=owner, at=NOW)  # the same seat

        assert [row.email for row in invitations.listed(at=NOW)] == [EMAIL]


class TestAccept:
    def test_makes_an_account_and_a_membership_and_uses_the_link_up(self, kim, asked):
        assert (kim.role, kim.person.email, kim.person.name) == (Role.STAFF, EMAIL, "Kim")
        assert names() == ["person.invited", "person.joined"]
        with pytest.raises(invitations.SpentInvitation):
            invitations.accept(token=asked, person=kim.person, at=NOW)

    def test_is_for_the_invited_address_alone(self, asked, owner):
        with pytest.raises(invitations.AnothersInvitation):
            invitations.accept(token=asked, person=owner, at=NOW)

        assert len(invitations.listed(at=NOW)) == 1

    def test_leaves_the_link_when_the_password_is_weak(self, asked):
        with pytest.raises(accounts.InvalidAccount):
            invitations.accept_as_new(token=asked, name="Kim", password="kim", language="en", at=NOW)

        with tenancy.shared():
            assert not Person.objects.filter(email=EMAIL).exists()
        assert invitations.found(token=asked, at=NOW).email == EMAIL

    @pytest.mark.parametrize("is_new", [True, False], ids=["a new account", "an old account"])
    def test_joins_nobody_beyond_the_seats_of_a_plan_that_became_smaller(self, asked, owner, is_new):
        with tenancy.shared():
            Entitlement.objects.filter(feature="members").update(amount=1)
            known = None if is_new else accounts.join(
                email=EMAIL, password=PASSWORD, name="Kim", language="en", at=NOW
            )  # fmt: skip

        with pytest.raises(invitations.NoSeat, match="Tea Shop has no seat left"):
            if is_new:
                invitations.accept_as_new(token=asked, name="Kim", password=PASSWORD, language="en", at=NOW)
            else:
                invitations.accept(token=asked, person=known, at=NOW)

        assert invitations.found(token=asked, at=NOW).email == EMAIL
        assert names() == ["person.invited"]
        with tenancy.shared():
            assert not Membership.objects.filter(person__email=EMAIL).exists()
            assert Person.objects.filter(email=EMAIL).exists() is not is_new

    def test_ends_after_a_week_or_when_withdrawn(self, asked, owner):
        late = NOW + invitations.INVITATION_LIVES
        assert invitations.found(token=asked, at=late - timedelta(seconds=1))
        with pytest.raises(invitations.SpentInvitation):
            invitations.found(token=asked, at=late)

        (row,) = invitations.listed(at=NOW)
        invitations.withdraw(invitation_id=row.pk, by=owner, at=NOW)

        with pytest.raises(invitations.SpentInvitation):
            invitations.found(token=asked, at=NOW)

    def test_is_refused_to_another_tenants_hand(self, asked, owner, book_shop):
        (row,) = invitations.listed(at=NOW)
        with tenancy.opened(book_shop.schema_name), pytest.raises(invitations.SpentInvitation):
            invitations.withdraw(invitation_id=row.pk, by=owner, at=NOW)

        with tenancy.shared():
            assert Invitation.objects.filter(pk=row.pk).exists()


class TestMembers:
    def test_change_what_they_may_do(self, kim, owner):
        invitations.change_role(membership_id=kim.pk, role=Role.OWNER, by=owner, at=NOW)

        with tenancy.shared():
            assert Membership.objects.get(pk=kim.pk).role == Role.OWNER

    def test_always_hold_one_owner(self, kim, owner, owners):
        for change in (
            lambda: invitations.change_role(membership_id=owners.pk, role=Role.STAFF, by=owner, at=NOW),
            lambda: invitations.remove(membership_id=owners.pk, by=owner, at=NOW),
        ):
            with pytest.raises(invitations.LastOwner):
                change()

        with tenancy.shared():
            assert Membership.objects.get(pk=owners.pk).role == Role.OWNER

    def test_may_all_leave_but_the_last_owner(self, kim, owner, owners):
        invitations.change_role(membership_id=kim.pk, role=Role.OWNER, by=owner, at=NOW)
        invitations.remove(membership_id=owners.pk, by=owner, at=NOW)

        with tenancy.shared():
            assert not Membership.objects.filter(pk=owners.pk).exists()
        assert names()[-1] == "person.removed"

    def test_of_another_tenant_are_unknown(self, kim, owner, book_shop):
        with tenancy.opened(book_shop.schema_name), pytest.raises(invitations.UnknownMember):
            invitations.remove(membership_id=kim.pk, by=owner, at=NOW)

        with tenancy.shared():
            assert Membership.objects.filter(pk=kim.pk).exists()
