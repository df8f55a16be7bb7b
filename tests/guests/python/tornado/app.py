import asyncio

import tornado.web


class Index(tornado.web.RequestHandler):
    def get(self):
        self.write("hello from tornado")


async def main():
    tornado.web.Application([("/", Index)]).listen(8888)
    await asyncio.Event().wait()


asyncio.run(main())
