// SPDX-License-Identifier: Apache-2.0

// A server with grpc-go's own health service, led by test_health.py: it listens
// on the socket that is its argument, says so, and takes a status for each line
// of standard input.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	service := health.NewServer()
	healthpb.RegisterHealthServer(server, service)
	go server.Serve(listener)
	fmt.Println("listening")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		service.SetServingStatus("", healthpb.HealthCheckResponse_ServingStatus(
			healthpb.HealthCheckResponse_ServingStatus_value[lines.Text()]))
		fmt.Println("set")
	}
	server.GracefulStop()
}
