"""app.py PORT [nagle]: says hello with Flask's own server, without Nagle's algorithm unless told otherwise."""
import logging
import sys

from flask import Flask
from werkzeug.serving import WSGIRequestHandler

app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.ERROR)


@app.route("/")
def index():
    return "hello\n"


class Handler(WSGIRequestHandler):
    disable_nagle_algorithm = "nagle" not in sys.argv


app.run(port=int(sys.argv[1]), request_handler=Handler)
