"""青禾茶器 (Qinghe): tea and teaware from a Chinese shop."""

# ruff: noqa: RUF001 (Chinese punctuation is meant)

from decimal import Decimal
from random import Random

from regulars.demo import qinghe_post, seasons
from regulars.demo.catalog import Foreign, Person, Shop, goods, lines, places, words

LAST_NAMES = words(
    """
王 wang, 李 li, 张 zhang, 刘 liu, 陈 chen, 杨 yang, 黄 huang, 赵 zhao, 吴 wu, 周 zhou, 徐 xu, 孙 sun
马 ma, 朱 zhu, 胡 hu, 郭 guo, 何 he, 林 lin, 高 gao, 罗 luo, 郑 zheng, 梁 liang, 谢 xie, 宋 song, 唐 tang
许 xu, 韩 han, 冯 feng, 邓 deng, 曹 cao, 彭 peng, 曾 zeng, 肖 xiao, 田 tian, 董 dong, 袁 yuan, 潘 pan
蒋 jiang, 蔡 cai, 余 yu, 杜 du, 叶 ye, 程 cheng, 苏 su, 魏 wei, 吕 lv, 丁 ding, 任 ren, 沈 shen, 姚 yao
卢 lu, 姜 jiang, 崔 cui, 钟 zhong, 谭 tan, 陆 lu, 汪 wang, 范 fan, 石 shi, 廖 liao, 欧阳 ouyang
上官 shangguan
""",
    between=",",
)
GIVEN_NAMES = words(
    """
伟 wei, 芳 fang, 娜 na, 敏 min, 静 jing, 丽 li, 强 qiang, 磊 lei, 洋 yang, 艳 yan, 勇 yong, 军 jun, 杰 jie
娟 juan, 涛 tao, 明 ming, 超 chao, 霞 xia, 平 ping, 刚 gang, 桂英 guiying, 秀兰 xiulan, 玉兰 yulan
建国 jianguo, 志强 zhiqiang, 晓明 xiaoming, 文静 wenjing, 雨桐 yutong, 子涵 zihan, 欣怡 xinyi, 梓萱 zixuan
浩然 haoran, 宇轩 yuxuan, 思远 siyuan, 嘉怡 jiayi, 若曦 ruoxi, 诗涵 shihan, 俊杰 junjie, 天佑 tianyou
晨曦 chenxi, 雅琴 yaqin, 淑珍 shuzhen, 国栋 guodong, 海燕 haiyan, 春梅 chunmei, 冬梅 dongmei, 立群 liqun
建华 jianhua, 晓东 xiaodong, 婷婷 tingting, 佳琪 jiaqi, 梦瑶 mengyao, 一鸣 yiming, 书瑶 shuyao
清扬 qingyang, 知远 zhiyuan, 慕白 mubai, 安然 anran, 云舟 yunzhou, 可欣 kexin
""",
    between=",",
)
GOODS = goods("""
QH-LJ-100 | 明前龙井 100克               | 268 | 128 | 0 | 9  | -
QH-LJ-050 | 雨前龙井 50克                | 88  | 39  | 0 | 14 | -
QH-BLC-50 | 洞庭碧螺春 50克              | 138 | 66  | 0 | 8  | -
QH-TGY-250 | 安溪铁观音 清香型 250克     | 158 | 70  | 0 | 12 | -
QH-DHP-100 | 武夷大红袍 100克            | 198 | 92  | 0 | 9  | -
QH-RG-100 | 武夷肉桂 100克               | 168 | 78  | 0 | 6  | -
QH-FHDC-80 | 凤凰单丛 鸭屎香 80克        | 128 | 55  | 0 | 10 | -
QH-BHYZ-50 | 白毫银针 50克               | 218 | 105 | 0 | 5  | -
QH-BMD-300 | 白牡丹 茶饼 300克           | 188 | 82  | 0 | 6  | -
QH-SM-350 | 寿眉 老茶饼 350克            | 128 | 49  | 0 | 7  | -
QH-PES-357 | 普洱熟茶饼 357克            | 168 | 68  | 0 | 10 | -
QH-PEX-357 | 普洱生茶饼 古树 357克       | 298 | 140 | 0 | 5  | -
QH-JJM-50 | 金骏眉 50克                  | 158 | 74  | 0 | 8  | -
QH-ZSXZ-100 | 正山小种 100克             | 98  | 40  | 0 | 10 | -
QH-QM-100 | 祁门红茶 100克               | 108 | 46  | 0 | 7  | -
QH-MLLZ-100 | 茉莉龙珠 100克             | 78  | 30  | 0 | 11 | -
QH-JYHC-120 | 九窨茉莉花茶 120克         | 118 | 50  | 0 | 7  | -
QH-JH-060 | 胎菊 60克                    | 39  | 13  | 0 | 10 | -
QH-CPPE-250 | 小青柑普洱 250克           | 89  | 34  | 0 | 11 | -
QH-LPC-15 | 冷泡茶 三角茶包 15包         | 45  | 16  | 0 | 9  | -
QH-SY-001 | 随心试饮装 5克×6             | 29.9 | 12 | 0 | 14 | -
QH-ZSH-180 | 宜兴紫砂壶 西施 180毫升     | 398 | 178 | 0 | 3  | -
QH-ZSS-220 | 宜兴紫砂壶 石瓢 220毫升     | 458 | 205 | 0 | 2  | -
QH-GW-150 | 德化白瓷盖碗 150毫升         | 88  | 33  | 0 | 9  | -
QH-GWR-150 | 汝窑天青盖碗 150毫升        | 168 | 70  | 0 | 4  | -
QH-GDB-200 | 玻璃公道杯 200毫升          | 36  | 11  | 0 | 9  | -
QH-PMB-006 | 品茗杯 六只装               | 78  | 28  | 0 | 7  | gift
QH-ZRB-001 | 主人杯 建盏 油滴            | 188 | 76  | 0 | 5  | gift
QH-CP-040 | 胡桃木干泡茶盘 40厘米        | 158 | 69  | 0 | 4  | -
QH-CT-001 | 粗陶茶叶罐                   | 58  | 20  | 0 | 6  | gift
QH-LX-001 | 旅行茶具套装 一壶两杯        | 128 | 51  | 0 | 8  | gift
QH-CJ-002 | 茶巾 两条                    | 15  | 5   | 0 | 8  | -
QH-LH-CJ | 新春茶礼 龙井与大红袍         | 368 | 165 | 0 | 5  | gift
QH-LH-ZQ | 中秋茶礼 月团圆               | 298 | 138 | 0 | 5  | gift
QH-LH-QS | 茶器礼盒 青山                 | 499 | 232 | 0 | 3  | gift
QH-XX-010 | 沉香线香 10克                | 68  | -   | 0 | 4  | -
QH-GD-200 | 桂花糕 200克                 | 32  | -   | 0 | 8  | -
""")
PLACES = places("""
上海 | 上海市   | CN | 14
北京 | 北京市   | CN | 12
杭州 | 浙江省   | CN | 10
深圳 | 广东省   | CN | 9
广州 | 广东省   | CN | 8
成都 | 四川省   | CN | 7
南京 | 江苏省   | CN | 6
苏州 | 江苏省   | CN | 6
武汉 | 湖北省   | CN | 5
重庆 | 重庆市   | CN | 5
西安 | 陕西省   | CN | 4
厦门 | 福建省   | CN | 4
福州 | 福建省   | CN | 3
长沙 | 湖南省   | CN | 3
青岛 | 山东省   | CN | 3
天津 | 天津市   | CN | 3
宁波 | 浙江省   | CN | 3
郑州 | 河南省   | CN | 3
合肥 | 安徽省   | CN | 2
昆明 | 云南省   | CN | 2
沈阳 | 辽宁省   | CN | 2
大连 | 辽宁省   | CN | 2
哈尔滨 | 黑龙江省 | CN | 1
兰州 | 甘肃省   | CN | 1
""")
HONG_KONG = places("""
香港 | 香港 | HK | 1
""")
ABROAD = places("""
New York | New York   | US | 1
Vancouver | British Columbia | CA | 1
""")
NOTES = lines("""
来电询问紫砂壶开壶方法，已发图文说明。
对茉莉花过敏，送试饮装时注意。
公司年会想订五十份新春茶礼，已报价。
盖碗运输破损，已补发，不用退回。
喜欢重火的岩茶，清香型的不爱喝。
希望明前龙井一到就通知她。
搬家了，以最近一单的地址为准。
每年中秋都给父母订月团圆礼盒。
开茶馆的，问过批发价，已发价目表。
夸包装仔细，手写卡片很用心。
快递放在菜鸟驿站，两天后才取到。
要求开增值税专用发票，资料已登记。
不要塑料包装，纸箱即可。
孕期只喝花草茶，明年再联系。
想学茶道，推荐了周末的品茶会。
老茶客，收藏白茶，关注寿眉老饼。
""")


def person(random: Random) -> Person:
    last, last_letters = random.choice(LAST_NAMES[:30] if random.random() < 0.8 else LAST_NAMES).split()
    first, first_letters = random.choice(GIVEN_NAMES).split()
    year = random.choice(("", "", "88", "92", "95", "99", "2000"))
    mailbox = random.choice((f"{last_letters}{first_letters}", f"{first_letters}.{last_letters}"))
    return Person(first_name=first, last_name=last, mailbox=f"{mailbox}{year}")


def phone(number: int) -> str:
    """Mobile numbers begin with 13 to 19: nobody is given one that begins with 100."""
    return f"+86 100 {number // 10_000:04d} {number % 10_000:04d}"


SHOP = Shop(
    slug="qinghe",
    name="青禾茶器",
    currency="CNY",
    time_zone="Asia/Shanghai",
    language="zh-hans",
    owner_email="owner@qinghe.example",
    owner_name="沈知夏",
    password="kettle-and-clay-88",  # noqa: S106 (printed at each start: a demo has no secrets)
    shop_name="qinghe.example",
    shop_url="https://qinghe.example",
    margin_percent=Decimal(52),
    shoppers=2650,
    goods=GOODS,
    places=PLACES,
    foreign=(
        Foreign(
            currency="HKD", share=0.012, prices_times=Decimal("1.1"), rate=Decimal("0.92"), places=HONG_KONG
        ),
        Foreign(currency="USD", share=0.004, prices_times=Decimal("0.15"), rate=None, places=ABROAD),
    ),
    person=person,
    phone=phone,
    mail_hosts=("example.com", "example.org", "youxiang.example", "mail.example"),
    season=seasons.chinese,
    gift_season=seasons.chinese_gifts,
    coupon_percent=seasons.chinese_coupon,
    shipping=Decimal(10),
    free_shipping_from=Decimal(99),
    payments=("微信支付", "微信支付", "支付宝", "支付宝", "银行卡"),
    channels=("小程序", "小程序", "网店", "网店", "直播间"),
    refund_reasons=("运输破损", "发错货", "七天无理由退货", "快递丢件", "补偿"),
    staff=("沈知夏", "陆云", "何小满"),
    notes=NOTES,
    tags=("岩茶", "白茶", "茶器", "送礼", "企业客户", "茶馆", "老客户"),
    consent_grounds=("下单时勾选同意", "网站订阅表单", "线下品茶会登记"),
    refusal_grounds=("点击退订链接", "客服留言要求停止", "电话告知不再接收"),
    post=qinghe_post.POST,
    companies=("云间茶馆", "山月书房", "拾光设计", "南风酒店", "一叶文化"),
)
