// A web server on net/http. Only the listener comes from another package than
// net: Go's own net cannot open sockets on wasip1.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/stealthrocket/net/wasip1"
)

func main() {
	name := os.Getenv("NAME")
	if name == "" {
		name = "go-server"
	}

	listener, err := wasip1.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello from %s, you are %s\n", name, r.RemoteAddr)
	})))
}
