"""A server, and on request its own client."""
import aiohttp
from aiohttp import web


async def index(request):
    return web.Response(text="hello from aiohttp")


async def ask(request):
    async with aiohttp.ClientSession() as session:
        async with session.get("http://127.0.0.1:9000/") as answer:
            return web.json_response({"status": answer.status, "text": await answer.text()})


async def echo(request):
    return web.json_response(await request.json())


async def socket(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data.upper())
    return ws


app = web.Application()
app.add_routes([web.get("/", index), web.get("/ask", ask), web.post("/echo", echo), web.get("/socket", socket)])


async def inner():
    """The same application again, on a port of its own that is not published."""
    runner = web.AppRunner(web.Application())
    runner.app.add_routes([web.get("/", index)])
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 9000).start()


async def start(app):
    await inner()


app.on_startup.append(start)
web.run_app(app, host="127.0.0.1", port=8080)
