"""From staged lines to rows: fixed statements, each over everything at once.

The lines of a file lie in temporary tables, gone with the transaction. An order is known by its source and
number; its content is told by a hash over its lines. A number that is known with the same hash is left alone,
with another it is told anew: a file carries no version, so the file that is given last holds. One that was
deleted in the meantime stays deleted.
"""

# Sorting half a million lines in memory; the default limit of statements is for pages.
SETTINGS = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL work_mem = '128MB'",
)

TABLES = (
    """
    CREATE TEMPORARY TABLE import_line (
        line_no bigint, sku text, title text,
        number text, kind text, ordered_at timestamptz, shipping numeric, tax numeric, currency text,
        customer text, email text, name text, country_code text,
        quantity numeric, price numeric, discount numeric, total numeric, cost numeric
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMPORARY TABLE import_found (
        customer text, email text, contact_id uuid, PRIMARY KEY (customer, email)
    ) ON COMMIT DROP
    """,
)

COPY_LINES = "COPY import_line FROM STDIN"
COPY_FOUND = "COPY import_found FROM STDIN"

# RFC 9562, 5.7 (UUIDv7), in SQL: time in milliseconds over a random UUID, version 4's bits turned into 7's.
NEW_ID = """
encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
"""

# Of an order's lines the first one says whose it is; its time is the earliest.
ORDERS = (
    "ANALYZE import_line",
    f"""
    CREATE TEMPORARY TABLE import_order ON COMMIT DROP AS
    WITH told AS (
        SELECT number, min(kind) AS kind, min(ordered_at) AS ordered_at, count(*) AS lines_count,
            sum(total) AS goods, sum(discount) AS discount, max(shipping) AS shipping, max(tax) AS tax,
            min(currency) AS currency, count(DISTINCT currency) AS currencies_count,
            (array_agg(customer ORDER BY line_no))[1] AS customer,
            (array_agg(email ORDER BY line_no))[1] AS email,
            (array_agg(name ORDER BY line_no))[1] AS name,
            (array_agg(country_code ORDER BY line_no))[1] AS country_code,
            encode(sha256(convert_to(string_agg(
                concat_ws('|', ordered_at, sku, title, quantity, price, discount, coalesce(cost::text, ''),
                    shipping, tax, currency, customer, email, name, country_code),
                E'\\n' ORDER BY line_no), 'UTF8')), 'hex') AS raw_hash
        FROM import_line GROUP BY number
    )
    SELECT t.*, coalesce(o.id, {NEW_ID}) AS id, o.contact_id AS contact_before,
        CASE WHEN o.id IS NULL THEN 'new' WHEN o.gone_at IS NOT NULL THEN 'deleted'
            WHEN o.raw_hash = t.raw_hash THEN 'unchanged' ELSE 'changed' END AS outcome
    FROM told t LEFT JOIN commerce_order o
        ON o.connection_id = %(connection_id)s AND o.external_id = t.number
    """,  # noqa: S608 (constants of this module)
    "CREATE UNIQUE INDEX import_order_by_number ON import_order (number)",
    "ANALYZE import_order",
)
OUTCOMES = "SELECT outcome, count(*) FROM import_order GROUP BY outcome"
MIXED = "SELECT number FROM import_order WHERE currencies_count > 1 ORDER BY number LIMIT 1"
CURRENCIES = "SELECT DISTINCT currency FROM import_order WHERE outcome IN ('new', 'changed')"

# Each person once per address, in a fixed order, so that they can be read in parts.
PEOPLE = """
CREATE TEMPORARY TABLE import_person ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY customer, email) AS place, p.*
FROM (
    SELECT customer, email, min(ordered_at) AS since,
        coalesce((array_agg(name ORDER BY ordered_at DESC) FILTER (WHERE name <> ''))[1], '') AS name,
        coalesce((array_agg(country_code ORDER BY ordered_at DESC) FILTER (WHERE country_code <> ''))[1], '')
            AS country_code
    FROM import_order
    WHERE outcome IN ('new', 'changed') AND (customer <> '' OR email <> '')
    GROUP BY customer, email
) AS p
"""
SOME_PEOPLE = """
SELECT customer, email, since, name, country_code FROM import_person
WHERE place > %(after)s AND place <= %(until)s ORDER BY place
"""

PRODUCTS = f"""
INSERT INTO commerce_product (
    id, connection_id, external_id, title, sku, price, unit_cost, currency, is_published
)
SELECT {NEW_ID}, %(connection_id)s, sku,
    coalesce(mode() WITHIN GROUP (ORDER BY title) FILTER (WHERE title <> ''), sku), sku,
    mode() WITHIN GROUP (ORDER BY price) FILTER (WHERE price > 0), NULL,
    min(o.currency), true
FROM import_line JOIN import_order o USING (number)
WHERE sku <> '' AND outcome IN ('new', 'changed')
GROUP BY sku
ON CONFLICT (connection_id, external_id) DO NOTHING
"""  # noqa: S608 (constants of this module)

NEW_ORDERS = """
INSERT INTO commerce_order (
    id, connection_id, import_id, external_id, number, contact_id, kind, status, shop_status, is_counted,
    is_test, email, buyer_name, currency, shipping, fees, discount, tax, total, refunded,
    payment_method, channel, ordered_at, raw_hash, origin, taken_at
)
SELECT o.id, %(connection_id)s, %(import_id)s, number, number, f.contact_id, kind, 'completed', '',
    kind = 'sale', false, o.email, o.name, currency, shipping, 0, discount, tax, goods + shipping + tax, 0,
    '', '', ordered_at, raw_hash, 'import', %(at)s
FROM import_order o LEFT JOIN import_found f ON f.customer = o.customer AND f.email = o.email
WHERE outcome = 'new'
"""
CHANGED_ORDERS = """
UPDATE commerce_order AS kept SET
    import_id = %(import_id)s, contact_id = f.contact_id, kind = o.kind, status = 'completed',
    is_counted = o.kind = 'sale', email = o.email, buyer_name = o.name, currency = o.currency,
    shipping = o.shipping, discount = o.discount, tax = o.tax, total = o.goods + o.shipping + o.tax,
    ordered_at = o.ordered_at, raw_hash = o.raw_hash, taken_at = %(at)s
FROM import_order o LEFT JOIN import_found f ON f.customer = o.customer AND f.email = o.email
WHERE kept.id = o.id AND o.outcome = 'changed'
"""
FORGET_LINES = """
DELETE FROM commerce_orderline AS l USING import_order o WHERE l.order_id = o.id AND o.outcome = 'changed'
"""

# A line has no number of its own in a file: its place in the order is one, and repeats are real lines.
LINES = """
INSERT INTO commerce_orderline (
    order_id, product_id, position, external_id, variant_external_id, title, sku, quantity, unit_price,
    discount, tax, total, unit_cost
)
SELECT o.id, p.id, row_number() OVER each_order, (row_number() OVER each_order)::text, '',
    CASE WHEN l.title <> '' THEN l.title ELSE coalesce(p.title, '') END, l.sku, l.quantity, l.price,
    l.discount, 0, l.total, coalesce(l.cost, p.unit_cost)
FROM import_line l
    JOIN import_order o ON o.number = l.number
    LEFT JOIN commerce_product p
        ON l.sku <> '' AND p.connection_id = %(connection_id)s AND p.external_id = l.sku
WHERE o.outcome IN ('new', 'changed')
WINDOW each_order AS (PARTITION BY o.id ORDER BY l.line_no)
"""

# New orders in the tenant's own currency, all of them as a rule. The rest is booked by ``booking``, which
# knows rates and what stands; both write what ``ledger.due`` says.
NEW_ENTRIES = (
    """
    INSERT INTO commerce_saleentry (
        order_id, product_id, kind, key, quantity, amount, currency, base_amount, cost, happened_at,
        recorded_at
    )
    SELECT o.id, l.product_id, 'item', 'line:' || l.external_id, l.quantity, l.total, o.currency, l.total,
        round(l.unit_cost * l.quantity, 4), o.ordered_at, %(at)s
    FROM import_order o JOIN commerce_orderline l ON l.order_id = o.id
    WHERE o.outcome = 'new' AND o.currency = %(base)s
        AND (l.total <> 0 OR l.quantity <> 0)
    """,
    """
    INSERT INTO commerce_saleentry (
        order_id, product_id, kind, key, quantity, amount, currency, base_amount, happened_at, recorded_at
    )
    SELECT o.id, NULL, part.kind, part.kind, 0, part.amount, o.currency, part.amount, o.ordered_at, %(at)s
    FROM import_order o
        CROSS JOIN LATERAL (VALUES ('shipping', o.shipping), ('tax', o.tax)) AS part (kind, amount)
    WHERE o.outcome = 'new' AND o.currency = %(base)s AND part.amount <> 0
    """,
)
TO_BOOK = """
SELECT id, outcome = 'new' FROM import_order
WHERE (outcome = 'changed' OR outcome = 'new' AND currency <> %(base)s) AND id > %(after)s
ORDER BY id LIMIT %(most)s
"""
