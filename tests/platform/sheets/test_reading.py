import tracemalloc

import pytest
import zstandard

from regulars.crm_core.commerce.imports import mapping
from regulars.platform.sheets import reading
from regulars.platform.sheets.reading import Reading, Unreadable

TOLD = {
    "source": "test",
    "date_format": "%Y-%m-%d",
    "columns": {"order": "no", "quantity": "pieces", "price": "price", "ordered_at": "day"},
}
HEADER = b"no,pieces,price,day\n"


@pytest.fixture
def opened(tmp_path):
    """Writes bytes, opens them with a mapping, and closes everything at the end."""
    files = []

    def open_(content, *, name="orders.csv", **told):
        path = tmp_path / name
        path.write_bytes(content)
        files.append(Reading(path, mapping=mapping.read({**TOLD, **told})))
        return files[-1]

    yield open_
    for file in files:
        file.close()


def refused(opened, content, **told):
    with pytest.raises(Unreadable) as caught:
        list(opened(content, **told))
    return str(caught.value)


class TestReading:
    def test_gives_records_with_the_number_of_their_first_line(self, opened):
        file = opened(HEADER + b'1,"two\nlines",3,4\r\n\n5,"a ""quote""",7,8')

        assert file.header == ["no", "pieces", "price", "day"]
        assert list(file) == [(2, ["1", "two\nlines", "3", "4"]), (5, ["5", 'a "quote"', "7", "8"])]
        assert file.fraction == 1.0

    def test_knows_where_the_columns_stand(self, opened):
        assert opened(b"\xef\xbb\xbf day ,x,price,no,pieces\n").places() == {
            "order": 3,
            "quantity": 4,
            "price": 2,
            "ordered_at": 0,
        }

    def test_reads_other_encodings_and_delimiters(self, opened):
        content = "no;pieces;price;day\nÄ1;1;£2;3\n".encode("cp1252")

        assert list(opened(content, encoding="cp1252", delimiter=";")) == [(2, ["Ä1", "1", "£2", "3"])]

    def test_unpacks_zstd_also_of_several_frames(self, opened):
        packed = zstandard.compress(HEADER + b"1,2,3,4\n") + zstandard.compress(b"5,6,7,8\n")

        assert [line for line, _ in opened(packed, name="orders.csv.zst")] == [2, 3]


class TestRefusals:
    def test_name_the_line_that_is_not_in_the_encoding(self, opened):
        assert refused(opened, HEADER + b"1,2,3,4\n1,\xa3,3,4\n").startswith(
            "Line 3 is not utf-8 (byte 0xa3)"
        )

    def test_name_the_missing_columns_and_those_there_are(self, opened):
        with pytest.raises(Unreadable, match=r"no column 'price', 'day'. It has: no, pieces, prize"):
            opened(b"no,pieces,prize\n").places()

    @pytest.mark.parametrize(
        "rest",
        [
            b'1,"open,3,4\n' + b"5,6,7,8\n" * 200_000,  # the record grows beyond its limit
            b'1,"open,3,4\n5,6,7,8\n',  # the file ends first
            b'1,"open,3,4\n5,"six",7,8\n',  # another quote ends it in the wrong place
        ],
    )
    def test_name_the_line_where_a_quote_is_left_open(self, opened, rest):
        assert refused(opened, HEADER + rest) == "Line 2: a quote is opened there and never closed."

    def test_end_text_after_a_closing_quote(self, opened):
        assert refused(opened, HEADER + b'1,"two"x,3,4\n').startswith("Line 2: text follows a closing quote")

    @pytest.mark.parametrize("name", ["orders.csv", "orders.csv.zst"])
    def test_end_an_endless_line_without_holding_it(self, tmp_path, opened, name):
        line = HEADER + b"1," + b"x" * 100_000_000 + b",3,4\n"
        content = zstandard.compress(line) if name.endswith("zst") else line
        del line
        file = opened(content, name=name)
        del content

        tracemalloc.start()
        try:
            with pytest.raises(Unreadable, match="Line 2 is longer than 1,000,000 bytes"):
                list(file)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert peak_bytes < 50_000_000

    def test_end_ten_thousand_columns(self, opened):
        header = ",".join(map(str, range(10_000))).encode()

        assert refused(opened, header + b"\n") == "The file has 10,000 columns; at most 500 are read."

    def test_end_a_cell_beyond_all_measure(self, opened):
        assert "a cell is longer" in refused(opened, HEADER + b"1," + b"x" * 200_000 + b",3,4\n")

    def test_end_columns_of_one_name(self, opened):
        assert "several columns called 'no'" in refused(opened, b"no,pieces,no,day\n")

    def test_end_an_empty_file(self, opened):
        assert refused(opened, b"") == "The file is empty."

    def test_end_what_is_no_text(self, opened):
        assert "NUL" in refused(opened, HEADER.decode().encode("utf-16-le"))

    def test_end_a_packed_file_that_was_cut_off(self, opened):
        packed = zstandard.compress(HEADER + b"1,2,3,4\n" * 10_000)

        assert "ends too early" in refused(opened, packed[: len(packed) // 2], name="orders.csv.zst")

    def test_end_what_only_calls_itself_packed(self, opened):
        assert "not readable as zstd" in refused(opened, HEADER, name="orders.csv.zst")

    def test_end_a_file_that_is_not_there(self, tmp_path):
        for attempt in (reading.digest, lambda path: Reading(path, mapping=mapping.read(TOLD))):
            with pytest.raises(Unreadable, match="cannot be read: No such file"):
                attempt(tmp_path / "none.csv")
