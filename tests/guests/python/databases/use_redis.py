"""A real Redis: use_redis.py PORT."""
import asyncio
import sys

import redis
import redis.asyncio

SETTINGS = {"host": "127.0.0.1", "port": int(sys.argv[1]), "password": "secret", "decode_responses": True}


def use():
    db = redis.Redis(**SETTINGS)
    db.set("python:text", "é", ex=60)
    print(db.get("python:text"), db.ttl("python:text") > 50, db.get("python:none"))
    db.delete("python:n", "python:list")
    pipeline = db.pipeline()
    for _ in range(1000):
        pipeline.incr("python:n")
    print("pipeline", pipeline.execute()[-1])
    try:
        db.lpush("python:n", "x")
    except redis.ResponseError as error:
        print(str(error).split()[0])
    print("script", db.eval("return redis.call('get', KEYS[1]) + ARGV[1]", 1, "python:n", 5))

    subscriber = db.pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe("python:news")
    subscriber.get_message(timeout=5)
    print("receivers", db.publish("python:news", "it works"))
    print(next(subscriber.listen())["data"])
    subscriber.close()

    large = b"large " * 200_000
    db.set("python:large", large)
    print("large", redis.Redis(**SETTINGS | {"decode_responses": False}).get("python:large") == large)


async def use_asyncio():
    async with redis.asyncio.Redis(**SETTINGS) as db:
        waiting = asyncio.create_task(db.blpop("python:queue", timeout=5))
        await db.rpush("python:queue", "job")
        print("popped", *await waiting)
        print("together", sorted(await asyncio.gather(*(db.incr("python:m") for _ in range(20))))[-1])
        await db.delete("python:m")


use()
asyncio.run(use_asyncio())
