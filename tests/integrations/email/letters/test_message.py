"""The bytes of one recipient's mail."""

from dataclasses import replace
from email.utils import parseaddr

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.integrations.email.letters import message
from tests.integrations.email.letters.written import STAMP, built, compiled, keys, read, signer, text

NASTY = [
    "Anna\r\nBcc: all@evil.example",
    "Anna\nSubject: other",
    "\r\n\r\n<script>alert(1)</script>",
    "Anna\u2028Bcc: x\u0085y\x0b\x0c\x00",
    '"><script>alert(1)</script>',
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "{{ settings.SECRET_KEY }} {% debug %}",
    "--=_border--",
    ".",
    "安娜" * 60,
    '\\"<a@b>, c',
]
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "MIME-Version", "Content-Type", "Feedback-ID",
]  # fmt: skip


def dns(name, timeout=5):
    assert name == b"r1._domainkey.leaf.example."
    return b"v=DKIM1; k=rsa; p=" + keys()[1].encode()


class TestBuilds:
    def test_headers_and_two_parts_that_a_mail_program_reads(self):
        found, plain, html = read(built(compiled(subject="茶 for {{ first_name|you }}"), to_name="Änna"))

        assert found.keys() == HEADERS
        assert found["From"] == "Leaf & Kiln <hello@leaf.example>"
        assert parseaddr(str(found["To"])) == ("Änna", "anna@example.com")
        assert found["Subject"] == "茶 for you"
        assert found["List-Unsubscribe"] == "<https://tea.example/m/u/t>, <mailto:stop@leaf.example>"
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert found.get_content_type() == "multipart/alternative"
        assert "new teas <https://tea.example/m/c/t0?a=1&b=2>" in plain
        assert 'href="https://tea.example/m/c/t0?a=1&amp;b=2"' in html
        assert 'src="https://tea.example/m/o/t.gif"' in html

    def test_lines_that_every_server_takes(self):
        mail = built(compiled(text("字" * 3000)), values={"name": "é" * 200}, signer=signer())

        assert mail.isascii()
        assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
        assert max(map(len, mail.split(b"\r\n"))) <= 100
        assert mail.endswith(b"--\r\n")

    def test_values_escaped_for_where_they_stand(self):
        made = compiled(text("Dear {{ first_name }}"), subject="{{ first_name }}")

        found, plain, html = read(built(made, values={"first_name": "<b>A & B</b>"}))

        assert found["Subject"] == "<b>A & B</b>"
        assert "Dear <b>A & B</b>" in plain
        assert "Dear &lt;b&gt;A &amp; B&lt;/b&gt;" in html

    def test_fallbacks_for_values_that_are_missing(self):
        made = compiled(text("Dear {{ first_name|friend }} of {{ city }}."))

        assert "Dear friend of ." in read(built(made, values={"first_name": ""}))[1]

    def test_nothing_that_counts_openings_without_a_pixel(self):
        made = compiled([])
        addresses = message.Addresses(links=[], unsubscribe="https://x.example/u", one_click="", pixel="")

        mail = message.built(
            made, to="a@b.example", to_name="", values={}, addresses=addresses, stamp=STAMP, signer=None
        )

        assert "<img" not in read(mail)[2]

    def test_the_mark_of_a_tenant_only_when_asked(self):
        assert b"X-Regulars-Tenant: t_x\r\n" in built(compiled([]), stamp=replace(STAMP, tenant="t_x"))


class TestKeepsValuesOutOfHeaders:
    @pytest.mark.parametrize("nasty", NASTY)
    def test_whatever_a_name_or_a_subject_holds(self, nasty):
        made = compiled(subject="For {{ name }} {{ city }}")
        stamp = replace(STAMP, from_name=nasty)

        mail = built(made, to_name=nasty, values={"name": nasty, "city": nasty}, stamp=stamp)

        found, _, html = read(mail)
        assert found.keys() == HEADERS
        assert parseaddr(str(found["From"]))[1] == "hello@leaf.example"
        assert [each.addr_spec for each in found["To"].addresses] == ["anna@example.com"]
        assert len(list(found.iter_parts())) == 2
        assert "<script" not in html

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_of_any_kind(self, name, subject):
        clean = subject.replace("{", "").replace("}", "")

        found, _, _ = read(built(compiled([], subject=clean), to_name=name))

        assert found.keys() == HEADERS
        assert [each.addr_spec for each in found["To"].addresses] == ["anna@example.com"]

    @pytest.mark.parametrize(
        "address",
        ["", "anna", "a b@x.example", "a@x.example\r\nBcc: y@z.example", "a@x.example,b@x.example",
         "<a@x.example>", "a@b@c", "a..b@x.example", "änna@x.example", "a@x" + "x" * 260],
    )  # fmt: skip
    def test_and_refuses_what_is_no_address(self, address):
        with pytest.raises(message.BadAddress):
            built(compiled([]), to=address)
        with pytest.raises(message.BadAddress):
            built(compiled([]), stamp=replace(STAMP, from_address=address))

    def test_and_writes_a_foreign_domain_as_the_wires_do(self):
        assert message.checked_address("anna@bücher.example") == "anna@xn--bcher-kva.example"

    @pytest.mark.parametrize(
        "change", [{"message_id": "<1@x>\r\nX: y"}, {"unsubscribe_mailto": "a>\r\nX: y"}]
    )
    def test_of_the_stamp(self, change):
        with pytest.raises(message.BadAddress):
            built(compiled([]), stamp=replace(STAMP, **change))


class TestSigns:
    @pytest.mark.parametrize("name", ["Anna", "Änna Größe-" * 8, "=?x?="])
    def test_so_that_another_implementation_verifies_it(self, name):
        mail = built(compiled(subject="{{ name }}"), to_name=name, values={"name": name}, signer=signer())

        assert dkim.verify(mail, dnsfunc=dns)

    def test_the_way_out_and_the_sender_twice(self):
        signed = read(built(compiled([]), signer=signer()))[0]["DKIM-Signature"]

        names = "".join(signed.split("h=")[1].split(";")[0].split()).split(":")
        assert {"list-unsubscribe", "list-unsubscribe-post", "feedback-id"} <= set(names)
        assert names.count("from") == names.count("subject") == 2
        assert "; l=" not in signed

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
            (b"From: ", b"From: evil@x.example\r\nFrom: "),
            (b"Unsubscribe", b"Unsubscribf"),
        ],
    )
    def test_what_nobody_may_change(self, old, new):
        mail = built(compiled([]), signer=signer())

        assert not dkim.verify(mail.replace(old, new, 1), dnsfunc=dns)


class TestPreviews:
    def test_what_a_recipient_would_see_with_links_as_they_were_written(self):
        html = message.preview(compiled(), values={"first_name": "<Anna>"})

        assert "Hello &lt;Anna&gt;" in html
        assert 'href="https://leaf.example/new?a=1&amp;b=2"' in html
        assert "/m/o/" not in html
