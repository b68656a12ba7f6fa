"""PyPI taobaopy 6.0.1: POST, HMAC-MD5, local time, any method by attribute."""

import json
import os

from taobaopy.taobao import TaoBaoAPIClient, TaoBaoAPIError

ready = json.loads(os.environ["READY"])
keys = ready["taobao"]
client = TaoBaoAPIClient(keys["app_key"], keys["app_secret"], domain=ready["url"])
client.set_access_token(keys["access_token"])

page = client.refunds_receive_get(
    fields="refund_id,tid,oid,status,refund_fee,modified", page_no=1, page_size=20
)
refunds = page["refunds_receive_get_response"]["refunds"]["refund"]
one = client.refund_get(fields="refund_id,status,reason", refund_id=refunds[0]["refund_id"])
assert str(one["refund_get_response"]["refund"]["refund_id"]) == str(refunds[0]["refund_id"])
trades = client.trades_sold_get(fields="tid,status,payment,orders", page_no=1)
count = len(trades["trades_sold_get_response"]["trades"]["trade"])
try:
    client.refund_get(fields="refund_id")
except TaoBaoAPIError as refused:
    assert refused.code == 40, refused
try:
    TaoBaoAPIClient(keys["app_key"], "wrong", domain=ready["url"]).time_get()
except TaoBaoAPIError as refused:
    assert refused.code == 25, refused
print(f"{len(refunds)} refunds, {count} trades, missing parameter 40, wrong signature 25")
