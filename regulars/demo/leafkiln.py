"""Leaf & Kiln: tea and ceramics from an English shop."""

from decimal import Decimal
from random import Random

from regulars.demo import leafkiln_post, seasons
from regulars.demo.catalog import Foreign, Person, Shop, goods, lines, places, words

FIRST_NAMES = words("""
Amelia Olivia Isla Ava Grace Freya Florence Poppy Alice Evie Harriet Rosie Matilda Beatrice Edith Nora
Maeve Priya Anjali Zainab Aisha Fatima Chloe Hannah Megan Bethan Cerys Niamh Aoife Siobhan Catriona Morag
Fiona Heather Ruth Margaret Judith Susan Linda Karen Helen Sarah Rachel Rebecca Laura Emma Sophie Lucy
Katie Georgia Tamsin Imogen Oliver George Arthur Noah Leo Theo Freddie Archie Oscar Henry Jack Thomas
William James Joshua Daniel Samuel Owen Rhys Dylan Callum Angus Ewan Hamish Declan Cormac Patrick Ravi
Arjun Imran Yusuf Hassan Kwame Tunde Peter David Paul Mark Andrew Stephen Richard Robert Martin Simon
Graham Nigel Colin Keith Marek Piotr Tomasz Luca Matteo Elena
""")
LAST_NAMES = words("""
Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
Roberts Green Hall Wood Harris Martin Jackson Clarke Lewis Hughes Edwards Khan Hill Moore Clark Ward Begum
Turner Scott Allen Morris Cooper King Parker Bennett Cook Shaw Bailey Carter Richardson Collins Bell Cox
Marshall Murphy Kelly Simpson Ellis Mason Hunt Palmer Webb Foster Barnes Holmes Knight Matthews Fletcher
Barker Butler Russell Stevens Pearson Fisher Reid Campbell Stewart MacDonald Fraser Sinclair Buchanan
Doyle Byrne Gallagher Nolan Okafor Mensah Adeyemi Rahman Hussain Choudhury Kaur Singh Sharma Nowak
Kowalska Rossi Ashworth Thistlewood Pemberton Whitlock
""")
GOODS = goods("""
LK-EBR-100 | English Breakfast, loose leaf, 100 g   |   9.50 |   3.10 |  0 | 16 | -
LK-ERL-100 | Earl Grey with Cornflower, 100 g       |  10.50 |   3.60 |  0 | 15 | -
LK-DAR-100 | Darjeeling First Flush, 100 g          |  16.80 |   7.40 |  0 |  8 | -
LK-ASM-100 | Assam Second Flush, 100 g              |  12.40 |   4.70 |  0 | 10 | -
LK-CEY-100 | Ceylon Orange Pekoe, 100 g             |  11.20 |   4.20 |  0 |  7 | -
LK-LAP-100 | Lapsang Souchong, 100 g                |  12.90 |   5.00 |  0 |  5 | -
LK-OOL-050 | Milk Oolong, 50 g                      |  14.50 |   6.30 |  0 |  6 | -
LK-TGY-050 | Tie Guan Yin, 50 g                     |  15.80 |   7.10 |  0 |  4 | -
LK-SEN-050 | Sencha from Shizuoka, 50 g             |  13.90 |   6.00 |  0 |  9 | -
LK-MAT-030 | Ceremonial Matcha, 30 g tin            |  24.00 |  11.80 |  0 |  9 | -
LK-GEN-050 | Genmaicha, 50 g                        |   9.80 |   3.90 |  0 |  6 | -
LK-JAS-050 | Jasmine Pearls, 50 g                   |  15.20 |   6.60 |  0 |  7 | -
LK-WHT-050 | White Peony, 50 g                      |  16.40 |   7.60 |  0 |  4 | -
LK-PUE-100 | Ripe Pu'er Cake, 100 g                 |  22.00 |   9.40 |  0 |  3 | -
LK-MNT-050 | Peppermint, 50 g                       |   7.20 |   2.10 |  0 |  9 | -
LK-CHM-050 | Chamomile Flowers, 50 g                |   7.60 |   2.40 |  0 |  8 | -
LK-ROO-100 | Rooibos with Vanilla, 100 g            |   8.90 |   2.90 |  0 |  8 | -
LK-CHA-100 | Masala Chai, 100 g                     |  10.20 |   3.50 |  0 | 10 | -
LK-DEC-100 | Decaf Breakfast, 100 g                 |  10.80 |   4.10 |  0 |  6 | -
LK-BER-100 | Winter Berries Infusion, 100 g         |   8.40 |      - |  0 |  7 | -
LK-TPT-600 | Stoneware Teapot, 600 ml               |  48.00 |  19.50 | 20 |  5 | -
LK-TPT-900 | Stoneware Teapot, 900 ml               |  58.00 |  23.80 | 20 |  3 | -
LK-MUG-OAT | Hand-thrown Mug, oatmeal               |  22.00 |   8.20 | 20 | 10 | -
LK-MUG-IND | Hand-thrown Mug, indigo                |  22.00 |   8.20 | 20 |  9 | -
LK-CUP-SET | Pair of Tasting Cups                   |  26.00 |  10.10 | 20 |  5 | gift
LK-GAI-120 | Porcelain Gaiwan, 120 ml               |  32.00 |  13.40 | 20 |  3 | -
LK-BWL-MAT | Matcha Bowl, ash glaze                 |  36.00 |  14.20 | 20 |  3 | gift
LK-WSK-080 | Bamboo Whisk                           |  12.50 |   4.40 | 20 |  5 | -
LK-INF-STL | Basket Infuser, steel                  |   9.90 |   3.30 | 20 |  8 | -
LK-CAD-200 | Tea Caddy, 200 g                       |  14.00 |   5.20 | 20 |  6 | gift
LK-SPN-BRS | Brass Tea Measure                      |   8.50 |   2.90 | 20 |  5 | gift
LK-COZ-WOL | Lambswool Tea Cosy                     |  34.00 |  16.00 | 20 |  2 | gift
LK-TRY-ASH | Ash Serving Tray                       |  42.00 |      - | 20 |  2 | gift
LK-SET-DSC | Discovery Box, six teas                |  28.00 |  11.60 |  0 |  8 | gift
LK-SET-BRK | Breakfast Box with Mug                 |  38.00 |  15.90 | 20 |  6 | gift
LK-SET-XMS | Winter Hamper                          |  75.00 |  34.00 | 20 |  3 | gift
LK-SET-ADV | Tea Advent Calendar                    |  45.00 |  18.70 | 20 |  4 | gift
LK-HNY-227 | Heather Honey, 227 g                   |   8.80 |   5.10 |  0 |  6 | -
LK-SHB-150 | All-butter Shortbread, 150 g           |   4.60 |   2.20 |  0 |  8 | -
LK-SAM-001 | Sample Sachet                          |   2.50 |   0.80 |  0 |  9 | -
""")
PLACES = places("""
London      | Greater London      | GB | 22
Bristol     | Bristol             | GB | 7
Manchester  | Greater Manchester  | GB | 7
Edinburgh   | City of Edinburgh   | GB | 6
Leeds       | West Yorkshire      | GB | 5
Birmingham  | West Midlands       | GB | 5
Glasgow     | Glasgow City        | GB | 5
Cardiff     | Cardiff             | GB | 4
Brighton    | East Sussex         | GB | 4
Bath        | Somerset            | GB | 4
York        | North Yorkshire     | GB | 4
Sheffield   | South Yorkshire     | GB | 3
Oxford      | Oxfordshire         | GB | 3
Cambridge   | Cambridgeshire      | GB | 3
Norwich     | Norfolk             | GB | 3
Exeter      | Devon               | GB | 3
Totnes      | Devon               | GB | 2
Stroud      | Gloucestershire     | GB | 2
Hebden Bridge | West Yorkshire    | GB | 2
Newcastle upon Tyne | Tyne and Wear | GB | 3
Liverpool   | Merseyside          | GB | 3
Belfast     | Belfast             | GB | 2
Aberystwyth | Ceredigion          | GB | 1
Stornoway   | Na h-Eileanan Siar  | GB | 1
""")
IRELAND = places("""
Dublin | Dublin      | IE | 5
Cork   | Cork        | IE | 2
Berlin | Berlin      | DE | 2
Utrecht | Utrecht    | NL | 1
""")
AMERICA = places("""
Portland | Oregon    | US | 2
Brooklyn | New York  | US | 2
Austin   | Texas     | US | 1
""")
NOTES = lines("""
Rang to ask whether the indigo mugs are dishwasher safe. They are.
Allergic to hibiscus: check infusions before sending a sample.
Runs a book club; asked for ten Discovery Boxes in the autumn.
Teapot arrived with a chipped lid. Sent a new lid, no need to return.
Prefers no plastic in the parcel. Paper tape only.
Wants to be told when the Darjeeling First Flush is in.
Moved house in spring: the new address is the one on the last order.
Bought the hamper for her parents two years running.
Asked about wholesale prices for a café. Sent the list.
Very kind words about the handwriting on the card.
Parcel left with the neighbor at 14. Found after two days.
Likes strong blends; did not enjoy the White Peony.
Asked for an invoice with the VAT number. Sent.
Will collect from the stall on Saturday.
Decaf only since last year.
Gave a talk on glazes; interested in kiln seconds.
""")


def person(random: Random) -> Person:
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    mailbox = random.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}", f"{last}.{first}"))
    return Person(first_name=first, last_name=last, mailbox=mailbox.lower())


def phone(number: int) -> str:
    """Ofcom keeps 07700 900000 to 900999 for drama; beyond a thousand people there is none."""
    return f"+44 7700 900{number:03d}" if number < 1000 else ""


SHOP = Shop(
    slug="leafkiln",
    name="Leaf & Kiln",
    currency="GBP",
    time_zone="Europe/London",
    language="en",
    owner_email="owner@leafkiln.example",
    owner_name="Nell Ashby",
    password="kettle-and-clay-42",  # noqa: S106 (printed at each start: a demo has no secrets)
    shop_name="leafkiln.example",
    shop_url="https://leafkiln.example",
    margin_percent=Decimal(55),
    shoppers=2850,
    goods=GOODS,
    places=PLACES,
    foreign=(
        Foreign(
            currency="EUR", share=0.025, prices_times=Decimal("1.2"), rate=Decimal("0.86"), places=IRELAND
        ),
        Foreign(currency="USD", share=0.006, prices_times=Decimal("1.35"), rate=None, places=AMERICA),
    ),
    person=person,
    phone=phone,
    mail_hosts=("example.com", "example.org", "example.net", "post.example", "mail.example"),
    season=seasons.british,
    gift_season=seasons.british_gifts,
    coupon_percent=seasons.british_coupon,
    shipping=Decimal("3.95"),
    free_shipping_from=Decimal(40),
    payments=("Card", "Card", "Card", "PayPal", "PayPal", "Apple Pay"),
    channels=("web", "web", "web", "web", "instagram", "market stall"),
    refund_reasons=(
        "Arrived broken",
        "Wrong item sent",
        "Changed their mind",
        "Lost in the post",
        "Goodwill",
    ),
    staff=("Nell Ashby", "Tom Reyes", "Ines Okoye"),
    notes=NOTES,
    tags=("ceramics", "gift buyer", "wholesale", "matcha", "local", "book club", "decaf"),
    consent_grounds=("Ticked the box at checkout", "Newsletter form on the site", "Card at the market stall"),
    refusal_grounds=("Unsubscribe link", "Asked by e-mail to stop", "Said so on the phone"),
    post=leafkiln_post.POST,
    companies=("The Blue Door Café", "Harbour Books", "Fern & Fable", "Kiln Street Studio", "Quay Hotel"),
)
