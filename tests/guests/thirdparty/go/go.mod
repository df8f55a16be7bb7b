module example.com/thirdparty

go 1.21

require (
	github.com/stealthrocket/net v0.2.1
	golang.org/x/net v0.10.0 // its nettest is in the tests of the former
)
