"""PyPI mcp-cn-commerce 0.1.6, JD client: POST form; checks each answer against the contract it was written from."""

import asyncio
import json
import os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from servers.jd.client import JDMCP

ready = json.loads(os.environ["READY"])
keys = ready["jd"]


class Client(JDMCP):
    BASE_URL = keys["gateway"]


now = datetime.now(ZoneInfo("Asia/Shanghai"))
start, end = ((now - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S") for days in (20, 0))


async def main():
    async with httpx.AsyncClient() as http:
        client = Client(
            app_key=keys["app_key"],
            app_secret=keys["app_secret"],
            access_token=keys["access_token"],
            http_client=http,
        )
        answer = await client._call(
            "jingdong.pop.order.search",
            {
                "order_state": "WAIT_SELLER_STOCK_OUT",
                "optional_fields": "orderId,orderState,orderPayment,itemInfoList",
                "page": "1",
                "page_size": "20",
                "source_id": "JOS",
                "start_date": start,
                "end_date": end,
            },
        )
        print(f"answer accepted: {json.dumps(answer, ensure_ascii=False)[:120]}")


asyncio.run(main())
