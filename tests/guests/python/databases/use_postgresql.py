"""A real PostgreSQL: use_postgresql.py PORT."""
import datetime
import json
import sys

import pg8000.dbapi
import pg8000.native

SETTINGS = {"host": "127.0.0.1", "port": int(sys.argv[1]), "user": "app", "password": "secret", "database": "postgres"}


def query():
    with pg8000.native.Connection(**SETTINGS) as db:
        db.run("CREATE TEMP TABLE things (id serial PRIMARY KEY, name text, at timestamptz, doc jsonb, raw bytea)")
        at = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        print("inserted", db.run("INSERT INTO things (name, at, doc, raw) VALUES (:name, :at, :doc, :raw) RETURNING id",
                                 name="it's é", at=at, doc=json.dumps({"a": [1, None]}), raw=b"\0\xff"))
        print(*db.run("SELECT *, :n + 1, CAST(:list AS int[]) FROM things", n=1, list=[1, 2])[0])
        prepared = db.prepare("SELECT CAST(:n AS int) * 2")
        print("prepared", prepared.run(n=4), prepared.run(n=5))
        try:
            db.run("SELECT no_such_column")
        except pg8000.native.DatabaseError as error:
            print(error.args[0]["C"], error.args[0]["M"])
        rows = db.run("SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n")
        print("rows", len(rows), rows[-1][0])


def transact():
    db = pg8000.dbapi.connect(**SETTINGS)
    cursor = db.cursor()
    cursor.execute("CREATE TEMP TABLE kept (n int UNIQUE)")
    db.commit()
    for end in db.commit, db.rollback:
        cursor.execute("INSERT INTO kept SELECT count(*) FROM kept")
        end()
    try:
        cursor.execute("INSERT INTO kept VALUES (%s)", (0,))
    except pg8000.dbapi.DatabaseError as error:
        print(error.args[0]["n"])
    db.rollback()
    cursor.execute("SELECT n FROM kept")
    print("kept", cursor.fetchall())
    db.close()


def notify():
    with pg8000.native.Connection(**SETTINGS) as listener, pg8000.native.Connection(**SETTINGS) as speaker:
        listener.run("LISTEN news")
        speaker.run("SELECT pg_notify('news', :text)", text="it works")
        listener.run("SELECT 1")
        print("notified", *listener.notifications[0][1:])


query()
transact()
notify()
