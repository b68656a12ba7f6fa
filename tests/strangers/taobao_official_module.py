"""PyPI taobao-sdk-python3 1.0.9, the official Python SDK's module: public parameters in the query, md5, epoch ms."""

import json
import os
from urllib.parse import urlsplit

import top.api
from top.api.base import RestApi, TopException

ready = json.loads(os.environ["READY"])
keys, where = ready["taobao"], urlsplit(ready["url"])


class RefundsReceiveGetRequest(RestApi):
    def __init__(self, domain, port):
        RestApi.__init__(self, domain, port)
        self.fields = "refund_id,tid,status,refund_fee,modified"
        self.page_size = 10

    def getapiname(self):
        return "taobao.refunds.receive.get"


request = RefundsReceiveGetRequest(where.hostname, where.port)
request.set_app_info(top.appinfo(keys["app_key"], keys["app_secret"]))
rows = request.getResponse(keys["access_token"])["refunds_receive_get_response"]["refunds"]["refund"]
try:
    request.getResponse("6100nobody")
except TopException as refused:
    assert refused.errorcode == 27, refused.errorcode
print(f"{len(rows)} refunds, foreign session 27")
