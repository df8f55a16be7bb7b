"""An HTTP server with Flask; see ../../docs/python.md."""
import os

from flask import Flask, request

app = Flask(__name__)
name = os.environ.get("NAME", "python-server")


@app.route("/")
def index():
    return f"hello from {name}, you are {request.remote_addr}:{request.environ['REMOTE_PORT']}\n"


if __name__ == "__main__":
    app.run(port=8080)
