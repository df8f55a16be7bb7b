// Programs over github.com/stealthrocket/net, told apart by the first argument:
//
//	get URL         fetches URL with net/http's own client and prints the answer
//	udp             sends a datagram to itself, on both families, and prints who it came from
//	unix PATH       echoes the connections of a stream socket
//	unixgram PATH   answers each datagram with its own bytes, and prints its length
//	inherited       echoes the connections of a listener that it finds open, by net.FileListener
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	_ "github.com/stealthrocket/net/http"
	"github.com/stealthrocket/net/wasip1"
)

func main() {
	log.SetFlags(0)
	commands := map[string]func(words []string) error{
		"get":       func(words []string) error { return get(words[0]) },
		"udp":       func([]string) error { return talkToItself() },
		"unix":      func(words []string) error { return serveStream(words[0]) },
		"unixgram":  func(words []string) error { return serveDatagrams(words[0]) },
		"inherited": func([]string) error { return serveInherited() },
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func get(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func talkToItself() error {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		server, err := wasip1.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		client, err := wasip1.Dial("udp", server.LocalAddr().String())
		if err != nil {
			return err
		}
		if _, err := client.Write([]byte("question")); err != nil {
			return err
		}
		datagram := make([]byte, 100)
		n, from, err := server.ReadFrom(datagram)
		if err != nil {
			return err
		}
		if from.String() != client.LocalAddr().String() {
			return fmt.Errorf("from %s instead of %s", from, client.LocalAddr())
		}
		if _, err := server.WriteTo(datagram[:n], from); err != nil {
			return err
		}
		n, err = client.Read(datagram)
		if err != nil {
			return err
		}
		fmt.Printf("%s %s\n", from.(*net.UDPAddr).IP, datagram[:n])
	}
	return nil
}

func echo(connection net.Conn) {
	defer connection.Close()
	if _, err := io.Copy(connection, connection); err != nil {
		log.Print(err)
	}
}

func serve(listener net.Listener) error {
	fmt.Printf("listening on %s\n", listener.Addr())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go echo(connection)
	}
}

func serveStream(path string) error {
	listener, err := wasip1.Listen("unix", path)
	if err != nil {
		return err
	}
	return serve(listener)
}

func serveInherited() error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	return serve(listener)
}

func serveDatagrams(path string) error {
	socket, err := wasip1.ListenPacket("unixgram", path)
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s\n", socket.LocalAddr())
	datagram := make([]byte, 1<<16)
	for {
		n, from, err := socket.ReadFrom(datagram)
		if err != nil {
			return err
		}
		fmt.Printf("%d bytes from '%s'\n", n, from)
		if _, err := socket.WriteTo(datagram[:n], from); err != nil {
			return err
		}
	}
}
