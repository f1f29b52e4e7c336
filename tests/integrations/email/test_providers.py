"""Every provider keeps the port's promise; SMTP tells its three failures apart exactly."""

import re
import socket
from email import message_from_bytes

import pytest

from regulars.integrations.email import providers
from regulars.integrations.email.provider import MailDeferred, MailLost, MailRefused, MailServerAway
from regulars.integrations.email.providers.catcher import Catcher
from regulars.integrations.email.providers.smtp import Smtp
from regulars.integrations.email.providers.smtp.line import reason
from tests.fakes import certificates
from tests.fakes.mail_servers import DROP, HANG, Misbehaving, real_server

MESSAGE = b"Subject: x\r\n\r\nOne.\r\n.two\r\n..three\r\n.\r\nend\r\n"
ENVELOPE = {"sender": "bounce@tea.example", "to": "anna@example.com"}
BAD_ADDRESSES = [
    "",
    "anna",
    "a b@c.d",
    "a@b.c>\r\nRCPT TO:<x@y.z",
    "a@b.c\nDATA",
    "änna@b.c",
    "a@" + "b" * 260,
]


@pytest.fixture(params=["smtp", "catcher"])
def carried(request, tmp_path):
    """A provider, and a function that says what it has carried away: (sender, to, bytes)."""
    if request.param == "smtp":
        with real_server() as kept:
            yield Smtp(host="127.0.0.1", port=kept.port), lambda: kept.mails
    else:
        yield Catcher(tmp_path / "mail"), lambda: [caught(path) for path in sorted(tmp_path.glob("mail/*"))]


def caught(path):
    whole = path.read_bytes()
    found = message_from_bytes(whole)
    return found["X-Envelope-From"], found["X-Envelope-To"], re.sub(rb"\AX-[^\n]+\nX-[^\n]+\n", b"", whole)


class TestAProvider:
    def test_takes_mails_byte_for_byte_in_one_session(self, carried):
        provider, mails = carried

        with provider.session() as session:
            words = [
                session.deliver(**{**ENVELOPE, "to": to}, message=MESSAGE) for to in ("a@x.yz", "b@x.yz")
            ]

        assert all(each.startswith("250") for each in words)
        assert mails() == [("bounce@tea.example", to, MESSAGE) for to in ("a@x.yz", "b@x.yz")]

    @pytest.mark.parametrize("address", BAD_ADDRESSES)
    @pytest.mark.parametrize("which", ["sender", "to"])
    def test_refuses_an_address_that_says_more_than_where(self, carried, address, which):
        provider, mails = carried

        with provider.session() as session, pytest.raises(MailRefused):
            session.deliver(**{**ENVELOPE, which: address}, message=MESSAGE)

        assert mails() == []


class TestTheSettingsName:
    def test_a_folder_or_a_server(self, settings, tmp_path):
        settings.EMAIL_URL = f"catcher:{tmp_path}"
        folder = providers.provider()
        settings.EMAIL_URL = "smtps://me:p%40ss@mail.example"
        server = providers.provider()

        assert folder.folder == tmp_path
        assert (server.host, server.port, server.user, server.password) == ("mail.example", 465, "me", "p@ss")
        assert server.is_tls

    def test_encryption_after_the_greeting(self):
        assert Smtp.of("smtp://mail.example:587?starttls").starttls

    def test_nothing_else(self):
        with pytest.raises(ValueError, match="EMAIL_URL"):
            Smtp.of("https://mail.example")


class TestAFolderThatCannotBeWritten:
    def test_defers(self, tmp_path):
        (tmp_path / "mail").write_text("a file where the folder should be")

        with Catcher(tmp_path / "mail").session() as session, pytest.raises(MailDeferred):
            session.deliver(**ENVELOPE, message=MESSAGE)


def of(server):
    quick = {"connect_seconds": 0.5, "answer_seconds": 0.3, "taken_seconds": 0.3}
    return Smtp(host="127.0.0.1", port=server.port, **quick)


def tried(server, *, times=1):
    """What became of each mail, in one session: the failure's name, or the words."""
    became = []
    with of(server).session() as session:
        for _ in range(times):
            try:
                became.append(session.deliver(**ENVELOPE, message=MESSAGE))
            except (MailRefused, MailDeferred, MailLost) as failure:
                became.append(type(failure).__name__)
    return became


@pytest.mark.parametrize("is_pipelining", [False, True])
class TestSmtp:
    @pytest.mark.parametrize(
        ("script", "failure"),
        [
            ({"CONNECT": "554 go away"}, "MailServerAway"),
            ({"CONNECT": HANG}, "MailServerAway"),
            ({"CONNECT": DROP}, "MailServerAway"),
            ({"CONNECT": "HTTP/1.1 400 Bad Request"}, "MailServerAway"),
            ({"MAIL": "550 not you"}, "MailRefused"),
            ({"MAIL": "451 later"}, "MailDeferred"),
            ({"RCPT": "550 no such person"}, "MailRefused"),
            ({"RCPT": "452 full"}, "MailDeferred"),
            ({"RCPT": HANG}, "MailServerAway"),
            ({"RCPT": DROP}, "MailServerAway"),
            ({"RCPT": "what?"}, "MailServerAway"),
            ({"DATA": "554 no"}, "MailRefused"),
            ({"DATA": "451 later"}, "MailDeferred"),
            ({"DATA": DROP}, "MailServerAway"),
            ({"MESSAGE": "554 spam"}, "MailRefused"),
            ({"MESSAGE": "451 greylisted"}, "MailDeferred"),
            ({"MESSAGE": "421 shutting down"}, "MailDeferred"),
            ({"MESSAGE": HANG}, "MailLost"),
            ({"MESSAGE": DROP}, "MailLost"),
            ({"MESSAGE": "2"}, "MailLost"),
            ({"MESSAGE": "354 again"}, "MailLost"),
        ],
    )
    def test_says_what_became_of_a_mail(self, script, failure, is_pipelining):
        with Misbehaving(script, is_pipelining=is_pipelining) as server:
            assert tried(server) == [failure]

    @pytest.mark.parametrize("where", ["MAIL", "RCPT", "DATA", "MESSAGE"])
    @pytest.mark.parametrize(
        ("answer", "failure"), [("550 no", "MailRefused"), ("450 later", "MailDeferred")]
    )
    def test_goes_on_with_the_next_mail_on_the_same_connection(self, where, answer, failure, is_pipelining):
        with Misbehaving({where: [answer]}, is_pipelining=is_pipelining) as server:
            assert tried(server, times=2) == [failure, "250 taken"]

        assert server.connections == 1
        assert MESSAGE.replace(b"\r\n.", b"\r\n..") in server.messages

    def test_connects_anew_when_the_server_closed_an_idle_connection(self, is_pipelining):
        with Misbehaving({"MAIL": ["250 ok", DROP, "250 ok"]}, is_pipelining=is_pipelining) as server:
            assert tried(server, times=2) == ["250 taken", "250 taken"]

        assert server.connections == 2
        assert len(server.messages) == 2

    def test_never_hands_over_twice_what_may_have_been_taken(self, is_pipelining):
        with Misbehaving(
            {"MESSAGE": ["250 taken", DROP, "250 taken"]}, is_pipelining=is_pipelining
        ) as server:
            assert tried(server, times=3) == ["250 taken", "MailLost", "250 taken"]

        assert len(server.messages) == 3


class TestSmtpSaysWhy:
    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ({"CONNECT": "554 go\taway"}, "554 go away"),
            ({"CONNECT": HANG}, "it did not answer in time"),
            ({"CONNECT": DROP}, "it closed the connection"),
            ({"RCPT": HANG}, "it did not answer in time"),
            ({"RCPT": DROP}, "it closed the connection"),
        ],
    )
    def test_in_words(self, script, words):
        with (
            Misbehaving(script) as server,
            of(server).session() as session,
            pytest.raises(MailServerAway) as away,
        ):
            session.deliver(**ENVELOPE, message=MESSAGE)

        assert str(away.value) == f"The mail server cannot be reached: {words}."

    def test_of_the_machine_that_is_not_there(self):
        assert reason(socket.gaierror(-2, "unknown")) == "its name is not known"
        assert reason(ConnectionRefusedError()) == "nobody answers at its address"


class TestSmtpDefers:
    def test_where_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

        with Smtp(host="127.0.0.1", port=port).session() as session, pytest.raises(MailDeferred):
            session.deliver(**ENVELOPE, message=MESSAGE)

    def test_where_encryption_is_asked_and_not_offered(self):
        with Misbehaving() as server:
            asked = Smtp(host="127.0.0.1", port=server.port, starttls=True)
            with asked.session() as session, pytest.raises(MailDeferred):
                session.deliver(**ENVELOPE, message=MESSAGE)

        assert server.messages == []

    def test_where_the_password_is_not_accepted_and_does_not_tell_it(self):
        with Misbehaving() as server:
            asked = Smtp(host="127.0.0.1", port=server.port, user="me", password="sesame")
            with asked.session() as session, pytest.raises(MailDeferred) as refused:
                session.deliver(**ENVELOPE, message=MESSAGE)

        assert "sesame" not in str(refused.value)

    def test_a_server_that_talks_without_end(self):
        with Misbehaving({"RCPT": "250-" + "x" * 40_000}) as server:
            assert tried(server) == ["MailServerAway"]


class TestSmtpOverTls:
    def asked(self, server):
        return Smtp(host="localhost", port=server.port, is_tls=True, answer_seconds=0.3, taken_seconds=0.3)

    def test_carries_and_tells_failures_apart_as_without(self, tmp_path, monkeypatch):
        proof, _ = certificates.server_and_client(tmp_path, name="localhost")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))

        server = Misbehaving({"MESSAGE": ["250 taken", HANG]}, tls=proof)
        with server, self.asked(server).session() as session:
            assert session.deliver(**ENVELOPE, message=MESSAGE) == "250 taken"
            with pytest.raises(MailLost):
                session.deliver(**ENVELOPE, message=MESSAGE)

    def test_hands_nothing_to_a_server_that_cannot_prove_itself(self, tmp_path):
        proof, _ = certificates.server_and_client(tmp_path, name="localhost")

        server = Misbehaving(tls=proof)
        with server, self.asked(server).session() as session, pytest.raises(MailDeferred):
            session.deliver(**ENVELOPE, message=MESSAGE)

        assert server.commands == []
