"""Read the cases of one shop that changed in the last day. Keys come from the environment."""

import os
from datetime import timedelta

from omnishop import Shop, clock

now = clock.now()
with Shop.open(
    os.environ["SHOP_PLATFORM"],  # taobao, jd or douyin
    storefront=os.environ["SHOP_STOREFRONT"],  # tmall, taobao, jd or douyin
    shop_id=os.environ["SHOP_ID"],
    app_key=os.environ["SHOP_APP_KEY"],
    app_secret=os.environ["SHOP_APP_SECRET"],
    access_token=os.environ["SHOP_ACCESS_TOKEN"],
    gateway=os.environ.get("SHOP_GATEWAY"),  # None: the platform's own
) as shop:
    for case in shop.cases(now - timedelta(days=1), now):
        print(case.case_id, case.kind, case.stage, case.deadline)
