import csv
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.crm_core.commerce import imports
from regulars.crm_core.commerce.imports import files, runs, staging, storing
from regulars.crm_core.commerce.models import Import, Order
from regulars.platform import tenancy
from regulars.platform.sheets.reading import Unreadable
from tests.crm_core.commerce.imports.conftest import TILL
from tests.crm_core.commerce.imports.written import CUP, POT, TEA, rows_of_everything, spent


class TestRejectedRows:
    def test_go_to_a_file_with_line_and_reason_and_the_rest_comes_in(self, bring, tmp_path):
        bad = ("3", "=cmd|' /C calc'!A0", "", "many", "1", "2026-06-03", "9", "")

        taken = bring(TEA, bad, CUP, CUP[:5])

        assert (taken.new, taken.rejected, taken.run.rows_read) == (2, 2, 4)
        assert taken.errors_path == tmp_path / "orders.csv.errors.csv"
        with taken.errors_path.open(newline="") as file:
            assert list(csv.reader(file)) == [
                ["line", "reason", "no", "code", "what", "pieces", "price", "day", "who", "mail"],
                ["3", "pieces 'many' is not a number", "3", "'=cmd|' /C calc'!A0", *bad[2:]],
                ["5", "5 columns instead of 8", *CUP[:5]],
            ]

    def test_leave_no_file_when_there_are_none(self, bring, tmp_path):
        assert bring(TEA).errors_path is None
        assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]

    def test_may_go_elsewhere(self, bring, tmp_path):
        wanted = tmp_path / "wrong.csv"

        assert bring(TEA, CUP[:5], errors_path=wanted).errors_path == wanted
        assert wanted.exists()

    def test_end_the_import_when_nothing_is_left(self, bring):
        with pytest.raises(files.NothingUsable, match="the first one in line 2: no order number"):
            bring(("", *TEA[1:]))

        assert not Order.objects.exists()
        assert Import.objects.get().state == "failed"

    def test_mended_and_given_again_complete_the_order(self, bring):
        bring(TEA, (*POT[:3], "one", *POT[4:]))

        mended = bring(TEA, POT)

        assert (mended.changed, mended.rejected) == (1, 0)
        assert spent("1") == (39, 39)


class TestAllOrNothing:
    @pytest.mark.parametrize("step", ["LINES", "NEW_ORDERS", "PEOPLE", "OUTCOMES"])
    def test_a_run_that_breaks_leaves_nothing_and_the_next_one_is_whole(self, bring, monkeypatch, step):
        with monkeypatch.context() as broken:
            broken.setattr(staging, step, "SELECT 1/0")
            with pytest.raises(Exception, match="division by zero"):
                bring(TEA, POT, CUP)

        assert {name for name, rows in rows_of_everything().items() if rows} == set()
        run = Import.objects.get()
        assert (run.state, "division by zero" in run.error) == ("failed", True)
        assert bring(TEA, POT, CUP).new == 2

    def test_a_doubtful_file_leaves_nothing(self, bring, tmp_path):
        path = tmp_path / "doubtful.csv"
        path.write_text(",".join(TILL["columns"].values()) + "\n" + ",".join(TEA) + '\n2,"open,,,,,,\n')

        with pytest.raises(Unreadable, match="Line 3"):
            bring(path=path)

        assert not Order.objects.exists()
        assert "Line 3" in Import.objects.get().error

    def test_an_order_in_two_currencies_ends_the_import(self, bring):
        told = {**TILL, "columns": {**TILL["columns"], "currency": "money"}}

        with pytest.raises(storing.MixedCurrencies, match="order 1 "):
            bring((*TEA, "GBP"), (*POT, "EUR"), told=told)

        assert not Order.objects.exists()


class TestRunning:
    def test_tells_others_how_far_it_is_while_its_transaction_is_open(self, bring, monkeypatch):
        monkeypatch.setattr(files, "TELL_EVERY_ROWS", 1)
        monkeypatch.setattr(runs, "PULSE_SECONDS", 0.02)
        seen = []

        def look_from_elsewhere(schema):
            with tenancy.apart(schema):
                run = imports.running(at=timezone.now())
                seen.append((run.file_name, run.rows_read, run.rows_expected, Order.objects.count()))

        def wait(_step, rows, _fraction):
            if rows == 2 and not seen:
                time.sleep(0.5)
                watcher = threading.Thread(target=look_from_elsewhere, args=(tenancy.current(),))
                watcher.start()
                watcher.join()

        bring(TEA, CUP, progress=wait)

        assert seen == [("orders.csv", 2, 2, 0)]
        assert imports.running(at=timezone.now()) is None

    def test_keeps_a_second_one_out_until_the_first_has_been_silent_for_long(self, bring):
        now = timezone.now()
        runs.begin(file_name="first.csv", file_sha256="", mapping="till", at=now)

        with pytest.raises(runs.AlreadyRunning, match=r"first\.csv"):
            bring(TEA, at=now + timedelta(seconds=59))
        assert bring(TEA, at=now + timedelta(seconds=61)).new == 1

        stopped = Import.objects.get(file_name="first.csv")
        assert (stopped.state, stopped.error) == ("failed", runs.STOPPED)


def test_rejects_never_go_into_the_file_itself(bring, tmp_path):
    with pytest.raises(Unreadable, match="very file"):
        bring(TEA, CUP[:5], errors_path=tmp_path / "." / "orders.csv")

    assert "tea" in (tmp_path / "orders.csv").read_text()
    assert not Import.objects.exists()
