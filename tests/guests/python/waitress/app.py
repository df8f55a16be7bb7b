import waitress


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/boom":
        raise ValueError("boom")
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/much":
        return (b"x" * (1 << 20) for _ in range(40))
    return [b"hello from waitress, " + environ["wsgi.input"].read()]


if __name__ == "__main__":
    waitress.serve(app, host="0.0.0.0", port=8080)
