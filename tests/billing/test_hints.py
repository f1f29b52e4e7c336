"""Only what Stripe signed is an event; whatever else stands in the header is refused and breaks nothing."""

from datetime import timedelta

import pytest

from regulars.billing import hints

SECRET = "whsec_of_the_destination"
BODY = (
    b'{"id": "evt_1", "object": "event", "type": "invoice.paid", "livemode": false, "data": {"object": {}}}'
)


def read(signature, *, at, secrets=(SECRET,)):
    return hints.read(body=BODY, signature=signature, secrets=secrets, at=at)


class TestRead:
    def test_takes_what_one_of_our_secrets_signed_within_five_minutes(self, now):
        signature = hints.signed(body=BODY, secret=SECRET, at=now - timedelta(minutes=4))

        assert read(signature, at=now, secrets=("whsec_another", SECRET)).id == "evt_1"

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_refuses_what_was_signed_longer_ago_or_is_to_come(self, now, minutes):
        signature = hints.signed(body=BODY, secret=SECRET, at=now + timedelta(minutes=minutes))

        with pytest.raises(hints.NotStripes):
            read(signature, at=now)

    def test_refuses_a_time_that_was_changed_after_signing(self, now):
        old = hints.signed(body=BODY, secret=SECRET, at=now - timedelta(hours=1))
        fresh = hints.signed(body=BODY, secret=SECRET, at=now)
        mixed = f"{fresh.split(',')[0]},{old.split(',')[1]}"

        with pytest.raises(hints.NotStripes):
            read(mixed, at=now)

    @pytest.mark.parametrize("moment", ["", "-1", "1e9", "²", "٣", "9" * 12, "9" * 400, "9" * 5000, "nan"])
    def test_refuses_a_time_that_is_none(self, now, moment):
        with pytest.raises(hints.NotStripes):
            read(f"t={moment},v1=00", at=now)

    @pytest.mark.parametrize("secrets", [(), ("",)])
    def test_believes_nothing_without_a_secret(self, now, secrets):
        signature = hints.signed(body=BODY, secret="", at=now)

        with pytest.raises(hints.NotStripes):
            read(signature, at=now, secrets=secrets)
