// SPDX-License-Identifier: Apache-2.0

// Calls OnDefineDomain as virt-launcher does, and measures. Its arguments are
// files with a domain and a VMI. A line "kept SOCKET COUNT" or "fresh SOCKET
// COUNT" on standard input makes COUNT calls, on one connection or on a fresh
// one each; the times they take come back as one line of ns.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"google.golang.org/grpc"

	hooks "launchsec/callbacks_v1alpha3"
)

func dial(socket string) *grpc.ClientConn {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := grpc.DialContext(ctx, socket, grpc.WithAuthority("localhost"), grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithDialer(func(path string, timeout time.Duration) (net.Conn, error) {
			return net.DialTimeout("unix", path, timeout)
		}))
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

func call(conn *grpc.ClientConn, params *hooks.OnDefineDomainParams) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	result, err := hooks.NewCallbacksClient(conn).OnDefineDomain(ctx, params)
	if err != nil {
		log.Fatal(err)
	}
	if len(result.GetDomainXML()) < len(params.GetDomainXML())/2 {
		log.Fatal("found an answer without a domain")
	}
}

func callFresh(socket string, params *hooks.OnDefineDomainParams) {
	conn := dial(socket)
	defer conn.Close()
	call(conn, params)
}

func read(path string) []byte {
	bytes, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return bytes
}

func main() {
	params := &hooks.OnDefineDomainParams{DomainXML: read(os.Args[1]), Vmi: read(os.Args[2])}
	kept := map[string]*grpc.ClientConn{}
	fmt.Printf("%s, grpc-go %s\n", runtime.Version(), grpc.Version)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var way, socket string
		var count int
		if _, err := fmt.Sscan(lines.Text(), &way, &socket, &count); err != nil {
			log.Fatal(err)
		}
		if way == "kept" && kept[socket] == nil {
			kept[socket] = dial(socket)
		}
		times := make([]int64, count)
		for i := range times {
			start := time.Now()
			if way == "kept" {
				call(kept[socket], params)
			} else {
				callFresh(socket, params)
			}
			times[i] = time.Since(start).Nanoseconds()
		}
		fmt.Println(strings.Trim(fmt.Sprint(times), "[]"))
	}
}
