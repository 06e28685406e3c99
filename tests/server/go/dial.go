// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
)

// The first bytes that a client writes, to see what is really sent.
type wire struct {
	lock  sync.Mutex
	bytes []byte
}

type recordedConn struct {
	net.Conn
	wire *wire
}

func (c recordedConn) Write(bytes []byte) (int, error) {
	c.wire.lock.Lock()
	if len(c.wire.bytes) < 1<<16 {
		c.wire.bytes = append(c.wire.bytes, bytes...)
	}
	c.wire.lock.Unlock()
	return c.Conn.Write(bytes)
}

// authority is the field :authority of the first request.
func (w *wire) authority() string {
	w.lock.Lock()
	defer w.lock.Unlock()
	if len(w.bytes) < len(http2.ClientPreface) {
		return ""
	}
	framer := http2.NewFramer(nil, bytes.NewReader(w.bytes[len(http2.ClientPreface):]))
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return ""
		}
		if headers, ok := frame.(*http2.MetaHeadersFrame); ok {
			return headers.PseudoValue("authority")
		}
	}
}

type connection struct {
	*grpc.ClientConn
	wire *wire
}

// dial connects with the options that virt-launcher uses: KubeVirt since 1.1
// with authority "localhost", older ones with none.
func dial(socket, authority string) (*connection, error) {
	recorded := &wire{}
	options := []grpc.DialOption{
		grpc.WithInsecure(),
		grpc.WithBlock(),
		grpc.WithDialer(func(path string, timeout time.Duration) (net.Conn, error) {
			conn, err := net.DialTimeout("unix", path, timeout)
			if err != nil {
				return nil, err
			}
			return recordedConn{conn, recorded}, nil
		}),
	}
	if authority != "" {
		options = append(options, grpc.WithAuthority(authority))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := grpc.DialContext(ctx, socket, options...)
	return &connection{conn, recorded}, err
}
