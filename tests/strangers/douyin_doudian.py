"""PyPI doudian 0.6: self-use app, token.create by itself, Beijing wall clock, old err_no pair."""

import json
import os

from doudian import AppType, DouDian

ready = json.loads(os.environ["READY"])
keys = ready["douyin"]


class Client(DouDian):
    def __setattr__(self, name, value):
        super().__setattr__(name, keys["gateway"] if name == "_gate_way" else value)


client = Client(
    app_key=keys["app_key"], app_secret=keys["app_secret"], app_type=AppType.SELF, shop_id=keys["shop_id"]
)
assert client._token["access_token"], "no token"
page = client.request("/afterSale/List", {"page": 0, "size": 10})
assert page["err_no"] == 0, page
items = page["data"]["items"]
detail = client.request("/afterSale/Detail", {"after_sale_id": items[0]["aftersale_info"]["aftersale_id"]})
assert detail["err_no"] == 0, detail
orders = client.request("/order/searchList", {"page": 0, "size": 10})
assert orders["err_no"] == 0, orders
print(f"{page['data']['total']} cases, {orders['data']['total']} orders, token.create by authorization_self")
