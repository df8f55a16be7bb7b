// Everything that stealthrocket/net can do over WasmEdge's second form, within one guest. What fails
// is printed and ends it; else the last line is "all is well". -tags getaddrinfo looks names up
// through the host.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/stealthrocket/net/wasip1"
)

func check(what string, err error) {
	if err != nil {
		fmt.Println(what+":", err)
		os.Exit(1)
	}
}

func want(what, got, wanted string) {
	if got != wanted {
		fmt.Printf("%s is %q, expected %q\n", what, got, wanted)
		os.Exit(1)
	}
}

func stream(network, addr string) {
	l, err := wasip1.Listen(network, addr)
	check("listen "+network, err)
	defer l.Close()
	heard := make(chan string)
	go func() {
		c, err := l.Accept()
		check("accept "+network, err)
		bytes, err := io.ReadAll(c)
		check("read "+network, err)
		heard <- string(bytes)
	}()
	c, err := wasip1.Dial(network, l.Addr().String())
	check("dial "+network, err)
	want("the peer", c.RemoteAddr().String(), l.Addr().String())
	_, err = fmt.Fprint(c, "hello over "+network)
	check("write "+network, err)
	c.Close()
	want(network, <-heard, "hello over "+network)
}

func packet(network, addr string) net.Addr {
	l, err := wasip1.ListenPacket(network, addr)
	check("listen "+network, err)
	defer l.Close()
	c, err := wasip1.Dial(network, l.LocalAddr().String())
	check("dial "+network, err)
	_, err = fmt.Fprint(c, "hello over "+network)
	check("write "+network, err)
	bytes := make([]byte, 100)
	n, from, err := l.ReadFrom(bytes)
	check("read "+network, err)
	want(network, string(bytes[:n]), "hello over "+network)
	want("the source", from.String(), c.LocalAddr().String())
	return from
}

func main() {
	stream("tcp", "127.0.0.1:4000")
	stream("tcp", "[::1]:4000")
	stream("unix", "/tmp/stream")
	packet("udp", "127.0.0.1:4001")
	packet("udp", "[::1]:4001")
	packet("unixgram", "/tmp/datagram")
	for _, addr := range []string{"127.0.0.1:4009", "localhost:4009"} {
		_, err := wasip1.Dial("tcp", addr)
		if err == nil || !strings.HasSuffix(err.Error(), "Connection refused") {
			fmt.Println("dialling nobody at", addr, "is", err)
			os.Exit(1)
		}
	}
	fmt.Println("all is well")
}
