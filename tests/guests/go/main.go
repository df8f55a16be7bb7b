// net/http on both ends, inside one guest. It serves on 127.0.0.1:8080:
//
//	/            what the request's body was
//	/me          the client's address, as the server sees it
//	/get?ADDR    fetches http://ADDR/me from within and passes the answer on
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/stealthrocket/net/wasip1"
)

var client = &http.Client{Transport: &http.Transport{DialContext: wasip1.DialContext}}

func get(w http.ResponseWriter, address string) {
	answer, err := client.Get("http://" + address + "/me")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	io.Copy(w, answer.Body)
}

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	http.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })
	http.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) { get(w, r.URL.RawQuery) })

	listener, err := wasip1.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(listener, nil))
}
