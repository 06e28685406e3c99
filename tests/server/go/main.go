// SPDX-License-Identifier: Apache-2.0

// A gRPC client as virt-launcher is one, led by test_go.py: requests come as
// JSON on standard input, one a line, and each is answered by a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/golang/protobuf/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"

	// Messages are found by their names.
	_ "launchsec/callbacks_v1alpha1"
	_ "launchsec/callbacks_v1alpha2"
	_ "launchsec/callbacks_v1alpha3"
	_ "launchsec/health"
	_ "launchsec/info"
	_ "launchsec/plugin"
)

type request struct {
	Do        string            // nothing: calls; or open, and then finish, wait or cancel
	Socket    string            // path
	Authority string            // for WithAuthority; empty: what grpc-go makes of the path
	Keep      bool              // use one connection for all such requests, not one for each
	Path      string            // of the method
	In, Out   string            // full names of its messages
	Messages  []json.RawMessage // a call for each, all at once
	Pad       int               // bytes of a DomainXML that is all zeros
	Gzip      bool              // compress
	Wait      bool              // for the server, where it cannot be reached
	Receive   int               // longest answer; 0: grpc-go's default
	Timeout   time.Duration     // ns; 0: one minute, as virt-launcher
	Cancel    time.Duration     // ns after the start; 0: never
}

type answer struct {
	Code      string        `json:"code"`
	Text      string        `json:"text"`
	Message   proto.Message `json:"message"`
	Authority string        `json:"authority"` // as it went over the wire
}

// A call whose message has not been sent.
type openCall struct {
	stream grpc.ClientStream
	cancel context.CancelFunc
	asked  *request
}

type client struct {
	kept map[string]*connection
	open *openCall
}

func newMessage(name string) proto.Message {
	return reflect.New(proto.MessageType(name).Elem()).Interface().(proto.Message)
}

func (r *request) message(text json.RawMessage) (proto.Message, error) {
	message := newMessage(r.In)
	err := json.Unmarshal(text, message)
	if r.Pad > 0 {
		reflect.ValueOf(message).Elem().FieldByName("DomainXML").SetBytes(make([]byte, r.Pad))
	}
	return message, err
}

func (r *request) options() []grpc.CallOption {
	options := []grpc.CallOption{grpc.WaitForReady(r.Wait)}
	if r.Gzip {
		options = append(options, grpc.UseCompressor(gzip.Name))
	}
	if r.Receive > 0 {
		options = append(options, grpc.MaxCallRecvMsgSize(r.Receive))
	}
	return options
}

func (r *request) context() (context.Context, context.CancelFunc) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	if r.Cancel > 0 {
		time.AfterFunc(r.Cancel, cancel)
	}
	return ctx, cancel
}

func result(err error, message proto.Message) answer {
	if err == nil {
		return answer{Code: "OK", Message: message}
	}
	return answer{Code: status.Code(err).String(), Text: status.Convert(err).Message()}
}

func (r *request) call(conn *connection, text json.RawMessage) answer {
	in, err := r.message(text)
	if err != nil {
		return result(err, nil)
	}
	ctx, cancel := r.context()
	defer cancel()
	out := newMessage(r.Out)
	return result(conn.Invoke(ctx, r.Path, in, out, r.options()...), out)
}

// calls makes a call for each message, all at once.
func (r *request) calls(conn *connection) []answer {
	answers := make([]answer, len(r.Messages))
	var group sync.WaitGroup
	for i := range r.Messages {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			answers[i] = r.call(conn, r.Messages[i])
		}(i)
	}
	group.Wait()
	for i := range answers {
		answers[i].Authority = conn.wire.authority()
	}
	return answers
}

func (c *client) connection(r *request) (*connection, func(), error) {
	if !r.Keep {
		conn, err := dial(r.Socket, r.Authority)
		return conn, func() { conn.Close() }, err
	}
	key := r.Authority + " " + r.Socket
	if c.kept[key] == nil {
		conn, err := dial(r.Socket, r.Authority)
		if err != nil {
			return nil, nil, err
		}
		c.kept[key] = conn
	}
	return c.kept[key], func() {}, nil
}

// start opens a call and leaves it so, to be finished or cancelled later.
func (c *client) start(r *request, conn *connection) error {
	ctx, cancel := r.context()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, r.Path, r.options()...)
	c.open = &openCall{stream, cancel, r}
	return err
}

func (o *openCall) finish(send bool) answer {
	defer o.cancel()
	if send {
		in, err := o.asked.message(o.asked.Messages[0])
		if err == nil {
			err = o.stream.SendMsg(in)
		}
		if err == nil {
			err = o.stream.CloseSend()
		}
		if err != nil {
			return result(err, nil)
		}
	}
	out := newMessage(o.asked.Out)
	return result(o.stream.RecvMsg(out), out)
}

func (c *client) do(r *request) []answer {
	switch r.Do {
	case "finish":
		return []answer{c.open.finish(true)}
	case "wait":
		return []answer{c.open.finish(false)}
	case "cancel":
		c.open.cancel()
		return []answer{c.open.finish(false)}
	}
	conn, done, err := c.connection(r)
	if err != nil {
		return []answer{result(err, nil)}
	}
	if r.Do == "open" {
		return []answer{result(c.start(r, conn), nil)}
	}
	defer done()
	return r.calls(conn)
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	c := &client{kept: map[string]*connection{}}
	for {
		r := &request{}
		if in.Decode(r) != nil {
			return
		}
		if err := out.Encode(c.do(r)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
