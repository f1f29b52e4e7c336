import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.crm_core.customers import identity


class TestEmail:
    @pytest.mark.parametrize(
        ("written", "compared"),
        [
            ("  Ana@Example.COM ", "ana@example.com"),
            ("ana+shop@example.com", "ana+shop@example.com"),
            ("a.n.a@gmail.com", "a.n.a@gmail.com"),
            ("李雷@例子.中国", "李雷@xn--fsqu00a.xn--fiqs8s"),
            ("info@Bücher.example", "info@xn--bcher-kva.example"),
            ("ana@example.com.", "ana@example.com"),
            ("ana\uff20example.com", "ana@example.com"),
        ],
    )
    def test_makes_equal_addresses_equal(self, written, compared):
        assert identity.email(written) == compared

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@localhost",
            "a b@example.com",
            "ana@exa mple.com",
            "ana@-example.com",
            "ana@example..com",
            "a" * 65 + "@example.com",
            "ana@" + "a" * 64 + ".com",
            "ana@" + "a." * 130 + "com",
            "Ana <ana@example.com>",
        ],
    )
    def test_knows_what_is_no_address(self, written):
        assert identity.email(written) == ""

    @pytest.mark.parametrize(
        "written",
        [
            "deleted@site.invalid",
            "DELETED@Site.Invalid",
            "no-email@example.com",
            "x1y2@marketplace.amazon.de",
            "abc@members.ebay.com",
            identity.stand_in("0190"),
        ],
    )
    def test_takes_an_address_that_speaks_of_nobody_for_none(self, written):
        assert identity.email(written) == ""

    @given(st.text(max_size=80))
    def test_says_the_same_of_what_it_said(self, written):
        once = identity.email(written)

        assert identity.email(once) == once


class TestPhone:
    @pytest.mark.parametrize(
        ("written", "compared"),
        [
            ("+49 (0)171 123 45 67", "+491711234567"),
            ("0049 171 1234567", "+491711234567"),
            ("0171/123 45 67", "01711234567"),
            ("+86 138 0013 8000", "+8613800138000"),
            (
                "\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10",
                "13800138000",
            ),  # full width
            ("112", ""),
            ("none", ""),
            ("1" * 16, ""),
        ],
    )
    def test_keeps_what_can_be_compared(self, written, compared):
        assert identity.phone(written) == compared

    def test_sees_one_number_with_and_without_its_country(self):
        assert identity.is_same_phone("0171 1234567", "+49 171 1234567")
        assert identity.is_same_phone("138 0013 8000", "+86 13800138000")

    def test_tells_two_numbers_apart(self):
        assert not identity.is_same_phone("0171 1234567", "+49 171 1234568")
        assert not identity.is_same_phone("0171 1234567", "0171 1234568")
        assert not identity.is_same_phone("+1 171 1234567", "+49 171 1234567")
        assert not identity.is_same_phone("", "")


class TestDisplayName:
    @pytest.mark.parametrize(
        ("first", "last", "shown"),
        [
            ("Ana", "Ray", "Ana Ray"),
            (" Ana  Maria ", "Ray", "Ana Maria Ray"),
            ("雷", "李", "李雷"),
            ("花子", "山田", "山田花子"),
            ("민수", "김", "김민수"),
            ("Lei", "李", "Lei 李"),
            ("", "李", "李"),
            ("Ana", "", "Ana"),
        ],
    )
    def test_follows_the_order_of_the_script(self, first, last, shown):
        assert identity.display_name(first=first, last=last) == shown

    def test_is_the_company_where_nobody_is_named(self):
        assert identity.display_name(first="", last=" ", company="Tea Ltd") == "Tea Ltd"
