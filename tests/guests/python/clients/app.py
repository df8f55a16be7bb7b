"""Asks the URL in its arguments with each of the clients."""
import asyncio
import sys
import urllib.request

import httpx
import requests
import urllib3

url = sys.argv[1]


async def ask():
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


print(urllib.request.urlopen(url).read().decode())
print(requests.get(url).text)
print(httpx.get(url).text)
print(urllib3.PoolManager().request("GET", url).data.decode())
print(asyncio.run(ask()))
