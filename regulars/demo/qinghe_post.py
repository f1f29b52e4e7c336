# ruff: noqa: RUF001
"""The mail of 青禾茶器.

Chinese law wants the subject to begin with 广告 (Measures for Internet E-mail Services, art. 13).
"""

from regulars.demo.post import Mailing, Post, button, divider, every, figure, heading, text

SHOP = "https://qinghe.example"
POST = Post(
    company="青禾茶器（苏州）有限公司",
    postal_address="江苏省苏州市姑苏区平江路 18 号，215005",
    from_name="青禾茶器",
    mailbox="hello",
    domain="qinghe.example",
    language="zh-hans",
    segments={
        "只买过一次，沉默 60 天": every(
            figure("orders_count", "equals", 1), figure("last_order", "not_within_days", 60)
        ),
        "常客": every(figure("orders_count", "at_least", 4), figure("last_order", "within_days", 180)),
        "白茶爱好者": every(figure("tag", "has", "白茶")),
        "同意接收邮件的客户": every(figure("consent", "given", "email")),
    },
    mailings=(
        Mailing(
            name="秋茶上新",
            subject="广告：{{ first_name|茶友 }}，今年的秋茶到了",
            preview_text="安溪秋香铁观音，新焙第一批。",
            segment="同意接收邮件的客户",
            days_ago=52,
            opened=0.38,
            clicked=0.08,
            left=0.005,
            blocks=(
                heading("秋茶上新"),
                text(
                    "{{ first_name|茶友 }}，您好：\n\n秋香铁观音已经到店，香高水细，**数量有限**，售完为止。"
                ),
                button("去看看", f"{SHOP}/autumn"),
            ),
        ),
        Mailing(
            name="好久不见",
            subject="广告：好久不见，{{ first_name|茶友 }}",
            preview_text="上次那款茶，喝完了吗？",
            segment="只买过一次，沉默 60 天",
            days_ago=21,
            opened=0.31,
            clicked=0.05,
            left=0.011,
            silent_days=60,
            blocks=(
                heading("好久不见"),
                text("{{ first_name|茶友 }}，您好：\n\n上次的茶喝完了吗？掌柜为老朋友留了一款新到的寿眉。"),
                button("看看新到的茶", f"{SHOP}/new"),
                divider(),
                text("有想法？[写信给我们](mailto:hello@qinghe.example)，每封必回。"),
            ),
        ),
        Mailing(
            name="年货节",
            subject="广告：年货节茶礼，提前备好",
            preview_text="礼盒代写贺卡，腊月二十前发出。",
            segment="常客",
            blocks=(
                heading("年货节茶礼"),
                text(
                    "{{ first_name|茶友 }}，您好：\n\n今年的茶礼由掌柜亲手搭配，"
                    "**腊月二十**前下单都能准时送到。"
                ),
                button("挑选茶礼", f"{SHOP}/gifts"),
            ),
        ),
    ),
)
