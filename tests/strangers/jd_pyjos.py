"""PyPI pyjos 0.1.1, after the official PHP SDK: GET, everything in the query, local time."""

import json
import os

from pyjos.client import JdClient

ready = json.loads(os.environ["READY"])
keys = ready["jd"]


class Client(JdClient):
    server_url = keys["gateway"]
    app_key = keys["app_key"]
    app_secret = keys["app_secret"]


class Request:
    def __init__(self, method, **params):
        self.api_method_name = method
        self.api_params = json.dumps(params)


orders = Client().execute(
    Request(
        "jingdong.pop.order.search",
        order_state="WAIT_SELLER_STOCK_OUT",
        optional_fields="orderId,orderState,orderTotalPrice,itemInfoList",
        page="1",
        page_size="20",
    ),
    keys["access_token"],
)
found = orders["jingdong_pop_order_search_responce"]["searchorderinfo_result"]
assert found["apiResult"]["success"] is True
services = Client().execute(
    Request(
        "jingdong.asc.query.list",
        buId=keys["shop_id"],
        operatePin="pin",
        operateNick="nick",
        pageNumber=1,
        pageSize=10,
    ),
    keys["access_token"],
)
page = services["jingdong_asc_query_list_responce"]["pageResult"]
assert page["success"] is True, page
refused = Client().execute(Request("jingdong.pop.order.get", order_id=1, optional_fields="orderId"), "nobody")
assert refused["error_response"]["code"] == "19", refused
print(f"{found['orderTotal']} orders to ship, {page['totalCount']} service orders, unknown token 19")
