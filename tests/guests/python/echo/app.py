"""An echo server on asyncio, and how many connections it has, as "?"."""
import asyncio

connections = 0


async def serve(reader, writer):
    global connections
    connections += 1
    try:
        while received := await reader.read(65536):
            writer.write(str(connections).encode() if received == b"?" else received)
            await writer.drain()
    finally:
        connections -= 1
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 7000, backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
