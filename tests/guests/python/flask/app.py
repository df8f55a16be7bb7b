"""Flask as its own documentation has it: templates, JSON, uploads, sessions, errors, a slow answer."""
from flask import Flask, Response, jsonify, render_template, request, session

app = Flask(__name__)
app.secret_key = "not a secret"


@app.route("/")
def index():
    return f"hello from flask, you are {request.remote_addr}"


@app.route("/json", methods=["POST"])
def json():
    return jsonify(got=request.get_json())


@app.route("/hello/<name>")
def hello(name):
    return render_template("hello.html", name=name)


@app.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    return f"{file.filename} {len(file.read())}"


@app.route("/short", methods=["POST"])
def short():
    request.max_content_length = 10
    return str(len(request.get_data()))


@app.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


@app.route("/stream")
def stream():
    return Response((f"{i}\n" for i in range(1000)), mimetype="text/plain")


@app.route("/boom")
def boom():
    return str(1 // 0)


if __name__ == "__main__":
    app.run(port=5000)
