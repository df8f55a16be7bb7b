"""app.py PORT: an asyncio echo."""
import asyncio
import sys


async def serve(reader, writer):
    while received := await reader.read(65536):
        writer.write(received)
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()


asyncio.run(main())
