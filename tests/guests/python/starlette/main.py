"""Run as: -- -m uvicorn main:app"""
import asyncio
import json

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute


async def index(request):
    return PlainTextResponse("hello from starlette")


def in_line(request):
    """Not a coroutine: goes through a worker thread elsewhere."""
    return JSONResponse({"path": request.url.path})


async def slow(request):
    print("slow begins", flush=True)
    await asyncio.sleep(float(request.query_params["s"]))
    return PlainTextResponse("slept")


async def stream(request):
    async def lines():
        for i in range(1000):
            yield f"{i}\n"

    return StreamingResponse(lines(), media_type="text/plain")


async def socket(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(json.dumps({"got": text}))


app = Starlette(routes=[Route("/", index), Route("/in-line", in_line), Route("/slow", slow), Route("/stream", stream),
                        WebSocketRoute("/socket", socket)])
