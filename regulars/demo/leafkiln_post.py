"""The mail of Leaf & Kiln."""

from regulars.demo.post import Mailing, Post, button, divider, every, figure, heading, text

SHOP = "https://leafkiln.example"
POST = Post(
    company="Leaf & Kiln Ltd",
    postal_address="4 Kiln Street, Stoke-on-Trent ST1 3AA, United Kingdom",
    from_name="Nell at Leaf & Kiln",
    mailbox="hello",
    domain="leafkiln.example",
    language="en",
    segments={
        "Bought once, silent for 60 days": every(
            figure("orders_count", "equals", 1), figure("last_order", "not_within_days", 60)
        ),
        "Regulars": every(figure("orders_count", "at_least", 4), figure("last_order", "within_days", 180)),
        "Matcha drinkers": every(figure("tag", "has", "matcha")),
        "Everyone who said yes": every(figure("consent", "given", "email")),
    },
    mailings=(
        Mailing(
            name="First flush is here",
            subject="The first Darjeeling of the year, {{ first_name|friend }}",
            preview_text="Forty kilos, picked in March. When it is gone, it is gone.",
            segment="Everyone who said yes",
            days_ago=96,
            opened=0.47,
            clicked=0.09,
            left=0.006,
            blocks=(
                heading("First flush is here"),
                text(
                    "Hello {{ first_name|there }},\n\nthe first Darjeeling of the year has landed:"
                    " light, flowery, a little green. We bought **forty kilos** from one garden,"
                    " and there will be no more."
                ),
                button("Try it", f"{SHOP}/darjeeling-first-flush"),
            ),
        ),
        Mailing(
            name="Back to school, back to breakfast",
            subject="A pot of breakfast tea for busy mornings",
            preview_text="English Breakfast, Assam and the decaf one.",
            segment="Everyone who said yes",
            days_ago=74,
            opened=0.41,
            clicked=0.07,
            left=0.009,
            blocks=(
                heading("Mornings are busy again"),
                text("Three teas that stand up to milk, and one that lets you sleep afterwards."),
                button("See the breakfast teas", f"{SHOP}/breakfast"),
                divider(),
                text("Not sure? [Write to us](mailto:hello@leafkiln.example), we answer every mail."),
            ),
        ),
        Mailing(
            name="We kept your cup warm",
            subject="We kept your cup warm, {{ first_name|tea lover }}",
            preview_text="It has been a while. Here is what is new on the shelf.",
            segment="Bought once, silent for 60 days",
            days_ago=33,
            opened=0.36,
            clicked=0.06,
            left=0.012,
            silent_days=60,
            blocks=(
                heading("It has been a while"),
                text(
                    "Hello {{ first_name|there }},\n\nyou tried our tea once, and we would love to know"
                    " what you thought. Since then, the potters have made the oatmeal mug again."
                ),
                button("What is new", f"{SHOP}/new"),
            ),
        ),
        Mailing(
            name="Winter gifts",
            subject="Gifts that steam",
            preview_text="Caddies, cosies and a tray: wrapped and posted by us.",
            segment="Regulars",
            blocks=(
                heading("Gifts that steam"),
                text(
                    "Hello {{ first_name|there }},\n\nour last day for parcels before the holidays is"
                    " **18 December**. We wrap, and we write the card by hand."
                ),
                button("Choose a gift", f"{SHOP}/gifts"),
            ),
        ),
    ),
)
