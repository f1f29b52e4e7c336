from io import BytesIO

import pytest

from regulars.platform import sealed, secrets

PIECE = sealed.PIECE_BYTES


def written(tenant, *blocks, purpose="a file"):
    sink = BytesIO()
    writer = sealed.Writer(sink, ring=secrets.ring(tenant), purpose=purpose)
    for block in blocks:
        writer.write(block)
    writer.close()
    return sink.getvalue()


def opened(tenant, whole, purpose="a file"):
    return b"".join(sealed.opened(BytesIO(whole), ring=secrets.ring(tenant), purpose=purpose))


class TestWriter:
    @pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
    def test_gives_back_what_was_written_and_shows_nothing_of_it(self, tea_shop, size):
        plain = (b"ana@example.com " * (size // 16 + 1))[:size]

        whole = written(tea_shop.schema_name, plain[: size // 3], plain[size // 3 :])

        assert opened(tea_shop.schema_name, whole) == plain
        assert b"ana@" not in whole


class TestOpened:
    @pytest.mark.parametrize("cut", [1, 40, 60, PIECE])
    def test_refuses_a_file_that_was_cut(self, tea_shop, cut):
        whole = written(tea_shop.schema_name, b"x" * (2 * PIECE))

        with pytest.raises(sealed.Damaged):
            opened(tea_shop.schema_name, whole[:-cut])

    def test_refuses_what_was_sealed_for_another_tenant_or_purpose(self, tea_shop, book_shop):
        whole = written(tea_shop.schema_name, b"x")

        with pytest.raises(secrets.KeyGone):
            opened(book_shop.schema_name, whole)
        with pytest.raises(secrets.KeyGone):
            opened(tea_shop.schema_name, whole, purpose="another file")

    def test_refuses_pieces_in_another_order(self, tea_shop):
        whole = written(tea_shop.schema_name, b"a" * PIECE, b"b" * PIECE)
        length = int.from_bytes(whole[:4], "big") + 5

        with pytest.raises(secrets.KeyGone):
            opened(tea_shop.schema_name, whole[length : 2 * length] + whole[:length] + whole[2 * length :])

    def test_refuses_what_is_no_sealed_file(self, tea_shop):
        with pytest.raises(sealed.Damaged):
            opened(tea_shop.schema_name, b"PK\3\4" + b"x" * 100)
