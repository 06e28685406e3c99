// SPDX-License-Identifier: Apache-2.0

// What a generic hook sidecar does: for each OnDefineDomain it runs a program
// with --vmi and --domain, and returns what that prints. Its arguments are the
// path of its socket, the program, and arguments to come first.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/exec"

	"google.golang.org/grpc"

	hooks "launchsec/callbacks_v1alpha3"
)

type server struct {
	hooks.UnimplementedCallbacksServer
	hook []string
}

func (s *server) OnDefineDomain(_ context.Context, params *hooks.OnDefineDomainParams) (*hooks.OnDefineDomainResult, error) {
	arguments := append([]string{}, s.hook[1:]...)
	arguments = append(arguments, "--vmi", string(params.GetVmi()), "--domain", string(params.GetDomainXML()))
	domain, err := exec.Command(s.hook[0], arguments...).Output()
	return &hooks.OnDefineDomainResult{DomainXML: domain}, err
}

func main() {
	socket, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	s := grpc.NewServer()
	hooks.RegisterCallbacksServer(s, &server{hook: os.Args[2:]})
	log.Fatal(s.Serve(socket))
}
