// SPDX-License-Identifier: Apache-2.0

// The least that a hook sidecar on grpc-go can be: it returns the domain as it
// came. Its argument is the path of its socket.
package main

import (
	"context"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"

	hooks "launchsec/callbacks_v1alpha3"
)

type server struct {
	hooks.UnimplementedCallbacksServer
}

func (*server) OnDefineDomain(_ context.Context, params *hooks.OnDefineDomainParams) (*hooks.OnDefineDomainResult, error) {
	return &hooks.OnDefineDomainResult{DomainXML: params.GetDomainXML()}, nil
}

func main() {
	socket, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	s := grpc.NewServer()
	hooks.RegisterCallbacksServer(s, &server{})
	log.Fatal(s.Serve(socket))
}
