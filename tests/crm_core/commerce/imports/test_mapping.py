import json

import pytest

from regulars.crm_core.commerce.canonical import OrderKind
from regulars.crm_core.commerce.imports import mapping
from regulars.crm_core.commerce.imports.mapping import BadMapping

TOLD = {
    "source": "till",
    "date_format": "%d.%m.%Y",
    "columns": {"order": "No", "quantity": "Qty", "price": "Price", "ordered_at": "Day"},
}


class TestNamed:
    def test_finds_the_one_that_ships(self):
        shipped = mapping.named("online_retail")

        assert shipped.columns["ordered_at"] == "InvoiceDate"
        assert shipped.countries["EIRE"] == "IE"
        assert [shipped.kind_of(number) for number in ("536365", "C536379", "A563185", "c1")] == [
            OrderKind.SALE,
            OrderKind.CREDIT,
            OrderKind.ADJUSTMENT,
            OrderKind.SALE,
        ]

    def test_reads_toml_and_json_alike(self, tmp_path):
        as_json, as_toml = tmp_path / "till.json", tmp_path / "till.toml"
        as_json.write_text(json.dumps(TOLD))
        as_toml.write_text(
            'source = "till"\ndate_format = "%d.%m.%Y"\n[columns]\norder = "No"\nquantity = "Qty"\n'
            'price = "Price"\nordered_at = "Day"\n'
        )

        assert mapping.named(str(as_json)) == mapping.named(str(as_toml)) == mapping.read(TOLD)

    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("none.toml", None, "cannot be read"),
            ("broken.toml", "source = ", "is not readable"),
            ("broken.json", "{", "is not readable"),
            ("list.json", "[]", "is a table"),
            ("large.toml", "#" * 300_000, "larger than a mapping"),
        ],
    )
    def test_refuses_files_that_are_none(self, tmp_path, name, text, said):
        if text is not None:
            (tmp_path / name).write_text(text)

        with pytest.raises(BadMapping, match=said):
            mapping.named(str(tmp_path / name))

    def test_refuses_a_name_that_it_does_not_know(self):
        with pytest.raises(BadMapping, match="online_retail"):
            mapping.named("offline_retail")


class TestRead:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"source": ""}, "must give source"),
            ({"columns": {}}, "must give columns"),
            ({"columns": {**TOLD["columns"], "price": ""}}, "a column for price"),
            ({"columns": {**TOLD["columns"], "colour": "x"}}, "cannot take colour"),
            ({"columns": "No"}, "table of words"),
            ({"sauce": "x"}, "no setting called sauce"),
            ({"encoding": "utf-16"}, "keeps ASCII"),
            ({"encoding": "klingon"}, "klingon"),
            ({"time_zone": "Europe/Nowhere"}, "Nowhere"),
            ({"currency": "pounds"}, "currency"),
            ({"delimiter": ";;"}, "one character"),
            ({"discount_is": "half"}, "discount_is"),
            ({"kinds": {"X": "gift"}}, "not 'gift'"),
            ({"countries": {"Wales": "Wales"}}, "two capital letters"),
            ({"date_format": 7}, "word in quotes"),
        ],
    )
    def test_refuses_and_names_what_is_wrong(self, change, said):
        with pytest.raises(BadMapping, match=said):
            mapping.read({**TOLD, **change})

    def test_gives_equal_sources_one_identity(self):
        other = mapping.read({**TOLD, "source": "another"})

        assert mapping.read(TOLD).connection_id == mapping.read({**TOLD, "currency": "EUR"}).connection_id
        assert mapping.read(TOLD).connection_id != other.connection_id

    def test_takes_the_longest_beginning(self):
        told = mapping.read({**TOLD, "kinds": {"R": "credit", "RX": "adjustment"}})

        assert (told.kind_of("R1"), told.kind_of("RX1")) == (OrderKind.CREDIT, OrderKind.ADJUSTMENT)
