// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"log"
	"math/rand"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

const (
	patience = 2 * time.Minute // nothing takes so long
	receive  = 64 << 20        // longest answer
	again    = "the message arrives too slowly while others wait; send it again"
)

// Messages are bytes here, so that every byte of an answer is seen.
type rawCodec struct{}

func (rawCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (rawCodec) Name() string { return "proto" }

func dial(socket string) *grpc.ClientConn {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := grpc.DialContext(ctx, socket, grpc.WithInsecure(), grpc.WithBlock(), grpc.WithAuthority("localhost"),
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}))
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

type worker struct {
	random       *rand.Rand
	sure, unsure *drawer
	sockets      []string
	kept, brief  *grpc.ClientConn // for calls that are answered, and that end before
}

func (w *worker) dial() *grpc.ClientConn {
	return dial(w.sockets[w.random.Intn(len(w.sockets))])
}

func invoke(ctx context.Context, conn *grpc.ClientConn, c *testCase) ([]byte, error) {
	var answer []byte
	options := []grpc.CallOption{grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(receive)}
	if c.Gzip {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	err := conn.Invoke(ctx, c.Path, &c.message, &answer, options...)
	return answer, err
}

// fault says what is wrong with an answer, nil for nothing.
func (c *testCase) fault(answer []byte, err error) error {
	if code := status.Code(err); code != codes.Code(c.Code) {
		return errors.New("found the status " + code.String() + " " + status.Convert(err).Message())
	}
	if err != nil && status.Convert(err).Message() != c.Text {
		return errors.New("found the text " + status.Convert(err).Message() + "; want " + c.Text)
	}
	if !bytes.Equal(answer, c.answer) {
		return errors.New("found another domain")
	}
	return nil
}

// call makes a call that has to be answered.
func call(conn *grpc.ClientConn, c *testCase, result *tally) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		answer, err := invoke(ctx, conn, c)
		cancel()
		if status.Convert(err).Message() == again {
			result.count(result.Again, c.Path)
			continue
		}
		if fault := c.fault(answer, err); fault != nil {
			result.wrong(c, "%v", fault)
		} else {
			result.count(result.Sure, c.Name)
		}
		return
	}
}

// callBriefly makes a call that ctx may end; if it is answered, the answer has to be right.
func callBriefly(ctx context.Context, conn *grpc.ClientConn, c *testCase, result *tally) {
	answer, err := invoke(ctx, conn, c)
	code := status.Code(err)
	if code == codes.DeadlineExceeded || code == codes.Canceled || code == codes.Unavailable {
		result.count(result.Unsure, code.String())
	} else if status.Convert(err).Message() == again {
		result.count(result.Unsure, "again")
	} else if fault := c.fault(answer, err); fault != nil {
		result.wrong(c, "%v", fault)
	} else {
		result.count(result.Unsure, "answered")
	}
}

// together makes calls at once; each has ended on return.
func together(calls int, run func(i int)) {
	var group sync.WaitGroup
	for i := 0; i < calls; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			run(i)
		}(i)
	}
	group.Wait()
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// A moment between nothing and somewhat more than a usual call takes.
func (w *worker) moment() time.Duration {
	return time.Duration(w.random.Int63n(int64(3 * time.Millisecond)))
}

// fresh makes one call on its own connection, as virt-launcher does.
func (w *worker) fresh(result *tally) {
	conn := w.dial()
	call(conn, w.sure.draw(w.random), result)
	conn.Close()
}

// batch makes calls at once on a connection of their own.
func (w *worker) batch(calls int, result *tally) {
	conn := w.dial()
	drawn := make([]*testCase, calls)
	for i := range drawn {
		drawn[i] = w.sure.draw(w.random)
	}
	together(calls, func(i int) { call(conn, drawn[i], result) })
	conn.Close()
}

// abandon hangs up in the middle of calls.
func (w *worker) abandon(calls int, result *tally) {
	conn := w.dial()
	drawn := make([]*testCase, calls)
	for i := range drawn {
		drawn[i] = w.unsure.draw(w.random)
	}
	time.AfterFunc(w.moment(), func() { conn.Close() })
	together(calls, func(i int) { callBriefly(context.Background(), conn, drawn[i], result) })
}

// stop makes a call that a deadline ends, or the caller.
func (w *worker) stop(result *tally) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	if w.random.Intn(2) == 0 {
		ctx, cancel = context.WithTimeout(context.Background(), w.moment())
	} else {
		time.AfterFunc(w.moment(), cancel)
	}
	callBriefly(ctx, w.brief, w.unsure.draw(w.random), result)
	cancel()
}

// run makes calls, on connections of which none is left.
func (w *worker) run(count int, result *tally) {
	w.kept, w.brief = w.dial(), w.dial()
	for count > 0 {
		calls := 1
		switch choice := w.random.Intn(1000); {
		case choice < 800:
			call(w.kept, w.sure.draw(w.random), result)
		case choice < 900:
			w.fresh(result)
		case choice < 910:
			calls = 1 + w.random.Intn(min(30, count))
			w.batch(calls, result)
		case choice < 930:
			calls = 1 + w.random.Intn(min(5, count))
			w.abandon(calls, result)
		case choice < 998:
			w.stop(result)
		default:
			/* A server sends away who resets without end. */
			w.brief.Close()
			w.brief = w.dial()
			continue
		}
		count -= calls
	}
	w.kept.Close()
	w.brief.Close()
}
